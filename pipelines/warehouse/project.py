"""dbt's reading of the project: made once in a process, and by the next process only of what has changed since."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock

from pipelines.errors import DataError
from pipelines.settings import REPO, CityHome

PROJECT = REPO / "dbt_project"
TARGET = PROJECT / "target"
LOCK = TARGET / ".parse.lock"
FAULT = "this is a fault of the models, not of the data"
TELEMETRY_OFF = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
# dbt reads all anew where a variable of the profile differs. Of these, only the warehouse's name is in what it reads,
# and that is the same for every city.
OF_NO_CITY: dict[str, str | None] = {
    "CITYEVAL_WAREHOUSE": CityHome(Path()).warehouse.name,
    "CITYEVAL_LAKE": None,
    "CITYEVAL_THREADS": None,
    "CITYEVAL_MEMORY_LIMIT": None,
    **TELEMETRY_OFF,
}

_project: list[Any] = []


@contextmanager
def variables(wanted: Mapping[str, str | None]) -> Iterator[None]:
    """The environment with these variables, or without those that are None, for the time of one invocation."""
    before = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


def _set(wanted: Mapping[str, str | None]) -> None:
    for name, value in wanted.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def arguments(command: str, target: Path, logs: Path | None = None) -> list[str]:
    """The command line of one dbt invocation; artefacts go to ``target``. With ``logs`` dbt says nothing."""
    silent = [] if logs is None else ["--log-path", str(logs), "--log-level", "none"]
    return [
        command,
        "--project-dir",
        str(PROJECT),
        "--profiles-dir",
        str(PROJECT),
        "--target-path",
        str(target),
        *silent,
        "--log-level-file",
        "none",
        "--no-use-colors",
    ]


def project(scratch: Path) -> Any:
    """The manifest for ``dbtRunner``. It is kept beside the project, for every city alike: reading all of it takes 10
    CPU seconds, as long as building a small city, and looking for what has changed 2.

    ``scratch`` is where it is kept where the project's own folder cannot be written. Raises DataError where the project
    cannot be read.
    """
    if not _project:
        from dbt.cli.main import dbtRunner  # noqa: PLC0415 2.7 CPU seconds

        kept = TARGET if _can_be_written(TARGET) else scratch
        with (
            variables(OF_NO_CITY),
            FileLock(LOCK) if kept == TARGET else nullcontext(),
        ):
            # without manifest.json: the one of the asset graph stands there
            read = dbtRunner().invoke([*arguments("parse", kept, scratch), "--no-write-json"])
        if not read.success:
            raise DataError(f"dbt could not start: {read.exception}", FAULT)
        _project.append(read.result)
    return _project[0]


def _can_be_written(folder: Path) -> bool:
    return os.access(folder if folder.is_dir() else folder.parent, os.W_OK)
