"""The main job: land → lake → warehouse → audit → publish → release → export. No orchestrator is needed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from pipelines.city import City, load_city
from pipelines.errors import DataError
from pipelines.ingest import take_in
from pipelines.ingest.feeds import watched
from pipelines.ingest.ledger import Delivery, read_ledger
from pipelines.ingest.replay import outdated
from pipelines.ingest.retention import expire_landing
from pipelines.ingest.unclaimed import told_unclaimed, unclaimed
from pipelines.lock import city_lock
from pipelines.notify import tell
from pipelines.scoring import load_schemes
from pipelines.settings import CityHome, city_home
from pipelines.warehouse import read_release
from pipelines.warehouse.approvals import approve_without_asking
from pipelines.warehouse.build import BuildResult, build
from pipelines.warehouse.db import open_db
from pipelines.warehouse.inputs import Moment, moment_of_run, write_inputs
from pipelines.warehouse.publication import Publication, due_periods, held_periods, moved, publish
from pipelines.warehouse.release import Release, make_release

Say = Callable[[str], None]
GENERATOR = "generator.yaml"  # the city folders that have one are synthetic


@dataclass
class RunResult:
    """What a run did; seconds by step."""

    city: str
    period: str
    moment: Moment
    deliveries: list[Delivery] = field(default_factory=list)
    build: BuildResult | None = None
    publications: list[Publication] = field(default_factory=list)
    release: Release | None = None
    exports: list[Path] = field(default_factory=list)
    late_changes: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    unclaimed: str = ""  # what is to be told of files of the input folder that fit no source
    seconds: dict[str, float] = field(default_factory=dict)


def run_city(
    name: str,
    *,
    home: Path | None = None,
    period: str | None = None,
    input_dir: Path | None = None,
    as_of: datetime | None = None,
    full_refresh: bool = False,
    say: Say = print,
) -> RunResult:
    """Run the main job of one city and return what it did.

    Raises UsageError for a wrong call or city folder (nothing was run) and DataError where the data did not pass
    (nothing was published; what readers see is unchanged).
    """
    city = load_city(name)
    schemes = load_schemes(city)
    moment = moment_of_run(city, period, as_of)
    folders = city_home(city.name, home)
    result = RunResult(city.name, moment.period.name, moment)
    clock = _Clock(result.seconds)
    with city_lock(folders, say):
        # so that nobody takes the generator's time for that of the door
        with clock("generate" if input_dir is None and is_generated(city) else "take in"):
            place = input_folder(city, folders, input_dir, say)
        with clock("take in"):
            result.deliveries = take_in(city, folders, place, say=say)
            if input_dir is not None and (left := unclaimed(city.sources.values(), folders, input_dir)):
                result.unclaimed = told_unclaimed(left, input_dir)
            expire_landing(folders)
        with clock("inputs"):
            known = watch_feeds(city, folders, moment.horizon, say)
            if not known:
                raise _nothing_came(city, folders, place, result.unclaimed)
            write_inputs(city, schemes, moment, folders.lake, known)
        say("building the warehouse (one dbt invocation)")
        with clock("dbt"):
            result.build = build(folders, full_refresh=full_refresh)
        with clock("audit"):
            audit(folders, [result.period], say, has_schemes=bool(schemes))
        with clock("publish"):
            result.publications = publish(folders, [result.period])
            approve_without_asking(city, folders, result.publications)
            result.late_changes = moved(folders)
            result.held = held_periods(folders)
        with clock("release"):
            result.release = make_release(folders)
        with clock("export"):
            result.exports = export(city, folders, result.period)
    return result


def is_generated(city: City) -> bool:
    """Whether the city is synthetic: its input is generated."""
    return (city.folder / GENERATOR).is_file()


def input_folder(city: City, folders: CityHome, given: Path | None, say: Say) -> Path:
    """Where a run looks for files: given, else what the generator wrote, else the city's sample."""
    if given is not None:
        return given
    if is_generated(city):
        from pipelines.synthetic import ensure_generated  # noqa: PLC0415 only synthetic cities need it

        return ensure_generated(city.folder, folders.root / "synthetic", say=say)
    return city.sample


def _nothing_came(city: City, folders: CityHome, place: Path, left: str) -> DataError:
    """Why there is nothing to build from: nothing came, or all that came was stopped or refused."""
    ledger = read_ledger(folders.lake)
    if ledger:
        told = "\n".join(f"  {d.file}: {d.state} ({d.delivery_id})" for d in ledger[-8:])
        return DataError(
            f"no delivery of {city.name} can be used, of {len(ledger)} that came:\n{told}",
            "`cityeval deliveries` tells why; correct and deliver again, or let one in with `cityeval override`",
        )
    wanted = "\n".join(f"  {name}: {', '.join(source.files)}" for name, source in city.sources.items())
    return DataError(
        f"no delivery of {city.name} has come in yet, and {place} holds none of the files that it wants:\n{wanted}"
        + (f"\n{left}" if left else ""),
        "put files into --input or the inbox and run again",
    )


def watch_feeds(city: City, folders: CityHome, horizon: datetime, say: Say) -> list[str]:
    """Tell people what the feeds owe at ``horizon``, and what was read under settings that have changed since.

    Returns the ids of the deliveries that the warehouse is built from.
    """
    ledger = read_ledger(folders.lake)
    tell(city.name, folders, watched(city, folders, ledger, horizon).notices, say)
    old = outdated(city, folders, ledger)
    if old:
        say(
            f"{len(old)} deliveries were read under settings that have changed since; "
            f"`cityeval land --again --city {city.name}` reads what is still in landing"
        )
    return [d.delivery_id for d in ledger if d.state != "stopped"]


def audit(folders: CityHome, requested: Collection[str], say: Say, *, has_schemes: bool = True) -> None:
    """Great Expectations on the small marts of every period about to be published, and of those asked for.

    A city without a scheme (``has_schemes``) has no scores and ranks to check.

    Raises DataError with the failing rows; nothing is written then.
    """
    from expectations import check_marts  # noqa: PLC0415

    periods = sorted({*requested, *due_periods(folders, requested)})
    wanted = ", ".join(f"'{period}'" for period in periods)
    scores = ("mart_score_items", "mart_ranks") if has_schemes else ()
    with open_db(folders.warehouse, read_only=True) as db:
        frames: dict[str, pl.DataFrame] = {
            mart: db.sql(f"select * from {mart} where period in ({wanted})").pl()
            for mart in ("mart_periods", "mart_indicators", *scores)
        }
    results = check_marts(frames)
    failed = [r for r in results if not r.success and r.severity == "fail"]
    for check in results:
        if not check.success and check.severity == "warn":
            say(f"warning: {check.suite}: {check.check_name} {check.column_name}: {check.unexpected_count} rows")
    if failed:
        lines = [
            f"  {r.suite}: {r.check_name} {r.column_name}: {r.error or r.observed} {r.failing_rows[:3]}" for r in failed
        ]
        raise DataError(
            "the audit failed; nothing was published:\n" + "\n".join(lines),
            "mend the data or the rule named above and run again",
        )


def export(city: City, folders: CityHome, period: str, out: Path | None = None) -> list[Path]:
    """Workbook, tables and the quality report of a period, from the current release."""
    from pipelines.export import export_period, quality_report  # noqa: PLC0415

    def release(sql: str) -> pl.DataFrame:
        return read_release(folders, sql)

    target = out or folders.exports / period
    paths = export_period(city, folders, period, target, release=release)
    report = quality_report(
        target / f"{city.name}_{period}_quality.html",
        title=f"{city.settings.title.zh} {period}",
        deliveries=release("select * from mart_deliveries"),
        rejects=release("select * from mart_rejects"),
        checks=release("select * from mart_checks"),
        case_faults=release("select * from mart_case_faults"),
        synthetic=city.settings.synthetic,
        city=city.folder,
    )
    return [*paths, report]


class _Clock:
    """Adds up the seconds of each step, in the order in which they begin."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds = seconds

    def __call__(self, step: str) -> _Clock:
        self.step = step
        return self

    def __enter__(self) -> None:
        self.start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        spent = self.seconds.get(self.step, 0.0) + time.perf_counter() - self.start
        self.seconds[self.step] = round(spent, 2)


def quiet_environment() -> None:
    """Telemetry of every tool we start is off, whoever starts us."""
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
