"""The days for which a draft is open to objections (公示期), and the adjustments that were asked for after them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.city import City
from pipelines.city.periods import parse_period
from pipelines.errors import UsageError
from pipelines.scoring import Scheme
from pipelines.warehouse.publication import Publication, publications

LATE_SCHEMA = pl.Schema(
    {
        "record_key": pl.String(),
        "requested_at": pl.Datetime("us"),
        "period": pl.String(),
        "unit_code": pl.String(),
        "target": pl.String(),
        "open_until": pl.Date(),
        "is_marked": pl.Boolean(),
    }
)
ASKED = ("requested_at", "period", "unit_code", "target", "kind")


def open_until(publication: Publication, city: City, schemes: Sequence[Scheme]) -> date | None:
    """The last day on which objections to ``publication`` are taken: so many working days after it was published as
    the longest of the schemes of its period says, or the city where a scheme says nothing.

    None where no period is kept for objections: then none is late.
    """
    return _after(city, _published_at(publication, city).date(), _days(city, _in_force(schemes, publication.period)))


def late_adjustments(city: City, schemes: Sequence[Scheme], lake: Path) -> pl.DataFrame:
    """The adjustments in the lake (LATE_SCHEMA) that were asked for when no version of their period was open any more.

    Which days count is said by the scheme whose points are asked for, else by the longest of those that score the unit.
    ``is_marked`` where the scheme takes late ones and marks them. Versions published after the request do not count, so
    the answer does not change by publishing what follows from it.
    """
    files = sorted((lake / "accepted" / "adjustments").glob("*.parquet"))
    if not files:
        return pl.DataFrame(schema=LATE_SCHEMA)
    known = publications(lake)
    kinds = dict(city.reference["units"].select("unit_code", "unit_kind").iter_rows())
    key = pl.concat_str(["source_system", "adjustment_id"], separator=":").alias("record_key")
    asked = pl.read_parquet(files, glob=False).select(key, *ASKED).unique().sort("record_key", *ASKED)
    found = [
        late
        for row in asked.iter_rows(named=True)
        if (late := _late(city, row, [p for p in known if p.period == row["period"]], schemes, kinds)) is not None
    ]
    return pl.DataFrame(found, schema=LATE_SCHEMA)


def _late(
    city: City,
    row: dict[str, Any],
    versions: list[Publication],
    schemes: Sequence[Scheme],
    kinds: dict[str, str],
) -> dict[str, Any] | None:
    shown = [at for p in versions if (at := _published_at(p, city)) <= row["requested_at"]]
    if not shown:
        return None
    mine = [s for s in _in_force(schemes, row["period"]) if s.applies_to.unit_kind == kinds.get(row["unit_code"])]
    if row["kind"] in ("bonus", "penalty"):
        mine = [s for s in mine if s.scheme == row["target"]]
    last = _after(city, max(shown).date(), _days(city, mine))
    if last is None or row["requested_at"].date() <= last:
        return None
    named = {name: row[name] for name in ("record_key", "requested_at", "period", "unit_code", "target")}
    return named | {"open_until": last, "is_marked": any(s.late_objections == "mark" for s in mine)}


def _in_force(schemes: Sequence[Scheme], period: str) -> list[Scheme]:
    """The schemes that score ``period``; none where that is no period."""
    try:
        parsed = parse_period(period)
    except UsageError:
        return []
    return [
        s
        for s in schemes
        if s.applies_to.period == parsed.kind
        and s.valid_from <= parsed.ends_on
        and (s.valid_to is None or parsed.ends_on <= s.valid_to)
    ]


def _days(city: City, schemes: Sequence[Scheme]) -> int:
    own = city.settings.objection_work_days
    return max((own if s.objection_work_days is None else s.objection_work_days for s in schemes), default=own)


def _published_at(publication: Publication, city: City) -> datetime:
    """Local time of the city."""
    told = datetime.fromisoformat(publication.manifest["published_at"])
    return told.astimezone(ZoneInfo(city.settings.time_zone)).replace(tzinfo=None)


def _after(city: City, day: date, work_days: int) -> date | None:
    """So many working days after ``day``: those of the city's calendar, without one Monday to Friday."""
    if work_days == 0:
        return None
    is_workday = dict(city.reference["calendar"].select("date", "is_workday").iter_rows())
    left = work_days
    while left:
        day += timedelta(days=1)
        left -= is_workday.get(day, day.weekday() < 5)
    return day
