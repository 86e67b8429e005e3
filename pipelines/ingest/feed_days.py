"""What the lake knows of a feed: on which days its records lie, delivery by delivery, and which units they name."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.city.models import Source
from pipelines.city.periods import parse_period
from pipelines.contracts import DELIVERED
from pipelines.contracts.schemas import lake_schema
from pipelines.errors import UsageError
from pipelines.ingest import lake as lake_files
from pipelines.ingest.ledger import Delivery

# When a record came about. Contracts without such a column tell nothing of how new they are.
RECORD_TIME = {
    "cases": "reported_at",
    "case_events": "occurred_at",
    "case_tasks": "assigned_at",
    "case_suspensions": "started_at",
    "callbacks": "called_at",
    "operations": "operated_on",
    "positions": "recorded_at",
    "findings": "inspected_at",
    "samples": "drawn_at",
    "responses": "answered_on",
    "exposures": "published_on",
    "evidence": "provided_on",
    "adjustments": "requested_at",
    "inspection_scores": "period",
    "reported_counts": "period",
}
PERIOD = "period"  # a text that names a period: its last day counts


@dataclass(frozen=True)
class FeedDays:
    """The distinct days of the records of each delivery, sorted, by its id (none for one without records), and the
    codes of the units that the records name. Days after a delivery came in are left out: they are slips of the pen."""

    days: dict[str, tuple[date, ...]]
    units: frozenset[str]

    def newest(self, delivery_ids: Iterable[str], until: date = date.max) -> date | None:
        """The last day of these deliveries' records, not after ``until``."""
        lists = [self.days.get(one, ()) for one in delivery_ids]
        return max((days[at - 1] for days in lists if (at := bisect_right(days, until))), default=None)


def feed_days(lake: Path, source: Source, deliveries: list[Delivery]) -> FeedDays:
    """Read the days and units of ``deliveries`` of ``source``, used or stopped, from the lake."""
    contract = DELIVERED[source.contract]
    files = [
        path
        for d in deliveries
        for path in (
            lake_files.accepted_file(lake, contract, d.delivery_id),
            lake_files.stopped_file(lake, contract, d.delivery_id),
        )
        if path.is_file()
    ]
    if not files:
        return FeedDays({}, frozenset())
    schema = lake_schema(contract)
    scan = pl.scan_parquet(files, glob=False, schema=schema, missing_columns="insert", extra_columns="ignore")
    units: set[str] = set()
    for column in source.watch.unit_columns:
        if column in schema:
            units.update(scan.select(pl.col(column).unique()).collect()[column].drop_nulls())
    told = RECORD_TIME.get(contract.name)
    if told is None:
        return FeedDays({}, frozenset(units))
    if told == PERIOD:
        named = scan.select("delivery_id", told).unique().collect()
        named = named.with_columns(pl.Series("day", [_last_day(name) for name in named[told]], dtype=pl.Date)).select(
            "delivery_id", "day"
        )
    else:
        named = scan.select("delivery_id", pl.col(told).cast(pl.Date).alias("day")).unique().collect()
    received = pl.DataFrame(
        [(d.delivery_id, d.received_at.date()) for d in deliveries],
        schema={"delivery_id": pl.String, "received_on": pl.Date},
        orient="row",
    )
    days = (
        named.drop_nulls()
        .join(received, on="delivery_id")
        .filter(pl.col("day") <= pl.col("received_on"))
        .sort("day")
        .group_by("delivery_id")
        .agg("day")
    )
    return FeedDays({name: tuple(found) for name, found in days.iter_rows()}, frozenset(units))


def _last_day(name: str) -> date | None:
    try:
        return parse_period(name).ends_on
    except UsageError:
        return None
