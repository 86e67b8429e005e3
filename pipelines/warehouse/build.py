"""One dbt invocation builds and tests the whole warehouse of a city."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import duckdb

from pipelines.errors import DataError
from pipelines.settings import CityHome, Settings
from pipelines.warehouse.project import FAULT, TELEMETRY_OFF, project, variables
from pipelines.warehouse.project import arguments as dbt_arguments


@dataclass(frozen=True)
class BuildResult:
    """What dbt did: model seconds by name, and the tests that only warn."""

    model_seconds: dict[str, float] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return sum(self.model_seconds.values())


def environment(home: CityHome) -> AbstractContextManager[None]:
    """The variables that dbt's profile reads, set for the time of one invocation."""
    settings = Settings()
    return variables(
        {
            "CITYEVAL_WAREHOUSE": str(home.warehouse),
            "CITYEVAL_LAKE": str(home.lake),
            "CITYEVAL_THREADS": str(settings.threads),
            "CITYEVAL_MEMORY_LIMIT": settings.memory_limit,
            **TELEMETRY_OFF,
        }
    )


def invoke(home: CityHome, command: str, *arguments: str, callbacks: list[Callable[[Any], None]] | None = None) -> Any:
    """The result of one dbt command on the city's warehouse, whose file is closed when this returns or raises.

    Raises DataError where the project cannot be read.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415 2.7 CPU seconds
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    artefacts = home.root / "dbt"
    manifest = project(artefacts)
    # dbt opens the file anew for every other model; while it is open here too, that costs nothing
    with environment(home), duckdb.connect(home.warehouse):
        try:
            runner = dbtRunner(manifest=manifest, callbacks=callbacks or [])
            return runner.invoke([*dbt_arguments(command, artefacts, home.logs), *arguments])
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def build(
    home: CityHome,
    *,
    full_refresh: bool = False,
    only: Sequence[str] = (),
    is_tested: bool = True,
    callbacks: list[Callable[[Any], None]] | None = None,
) -> BuildResult:
    """Build and test every model in ``home.warehouse`` from the lake; ``only`` those that dbt selects by these words,
    on what is there. What was tested when it was first built need not be again (``is_tested``).

    Raises DataError naming the failed models and tests, with the first failing rows of each test. The file is
    closed when this returns or raises.
    """
    if full_refresh:
        for path in (home.warehouse, home.warehouse.with_suffix(".duckdb.wal")):
            path.unlink(missing_ok=True)
    outcome = invoke(
        home,
        "build",
        *("--exclude-resource-type", "unit_test"),
        *(() if is_tested else ("--exclude-resource-type", "test")),
        *(("--select", *only) if only else ()),
        callbacks=callbacks,
    )
    results = list(getattr(outcome.result, "results", []))
    if outcome.exception is not None and not results:
        raise DataError(f"dbt could not start: {outcome.exception}", FAULT)
    failed = [r for r in results if str(r.status) in ("error", "fail", "runtime error")]
    if failed or not outcome.success:
        raise DataError("the warehouse was not built:\n" + "\n".join(_describe(home, r) for r in failed))
    return BuildResult(
        model_seconds={
            r.node.name: float(r.execution_time) for r in results if r.node.resource_type in ("model", "seed")
        },
        warnings=[f"{r.node.name}: {r.message}" for r in results if str(r.status) == "warn"],
    )


def _describe(home: CityHome, result: Any) -> str:
    """One failed node in a few lines; a failed test shows its first rows."""
    text = f"  {result.node.resource_type} {result.node.name}: {result.message}"
    code = getattr(result.node, "compiled_code", None)
    if result.node.resource_type == "test" and code and str(result.status) == "fail":
        from pipelines.warehouse.db import open_db  # noqa: PLC0415

        with open_db(home.warehouse, read_only=True) as db:
            rows = db.sql(f"select * from ({code}) limit 5").pl()
        text += "\n    first failing rows: " + "; ".join(str(row) for row in rows.to_dicts())
    return text
