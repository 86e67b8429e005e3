"""The inputs of one run, written to lake/run/ before dbt starts: as-of moment, periods, reference tables, rules."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.city.folder import City
from pipelines.city.periods import Period, last_month_ended, parse_period, series
from pipelines.errors import UsageError
from pipelines.files import write_parquet
from pipelines.ingest.closings import closings
from pipelines.ingest.lateness import late_feeds
from pipelines.ingest.ledger import read_ledger
from pipelines.scoring import Scheme, rule_tables
from pipelines.settings import CityHome
from pipelines.version import code_version
from pipelines.warehouse.indicator_inputs import indicator_tables
from pipelines.warehouse.objections import late_adjustments

UNALLOCATED = "unallocated"


@dataclass(frozen=True)
class Moment:
    """For when a run computes: ``horizon`` is the latest moment it knows of, ``fixed`` holds for every period."""

    horizon: datetime
    fixed: bool
    period: Period

    def as_of(self, period: Period) -> datetime:
        """The as-of moment of ``period``: fixed, else its end or the horizon, whichever is earlier."""
        return self.horizon if self.fixed else min(period.ends_at, self.horizon)

    def is_complete(self, period: Period) -> bool:
        return period.ends_at <= self.horizon


def horizon_of(city: City, as_of: datetime | None = None) -> datetime:
    """The as-of moment: given, else the city's, else now there (local time of the city)."""
    now = datetime.now(ZoneInfo(city.settings.time_zone)).replace(tzinfo=None, microsecond=0)
    return as_of or city.settings.as_of or now


def moment_of_run(city: City, period: str | None, as_of: datetime | None) -> Moment:
    """As-of: given, else the city's, else now there; period: given, else the last month that ended by then."""
    given = as_of or city.settings.as_of
    horizon = horizon_of(city, as_of)
    chosen = parse_period(period) if period else last_month_ended(horizon)
    if chosen.starts_on > horizon.date():
        raise UsageError(f"period {chosen.name} begins after the as-of moment {horizon}", "choose an earlier period")
    if chosen.ends_on < city.settings.evaluates_from:
        raise UsageError(
            f"period {chosen.name} ends before {city.settings.evaluates_from}, the first day {city.name} evaluates",
            "choose a later period, or change evaluates_from in city.yaml",
        )
    return Moment(horizon=horizon, fixed=given is not None, period=chosen)


def periods_of_run(city: City, moment: Moment) -> list[Period]:
    """Every period of the city's kinds up to the horizon, and the one asked for."""
    first, last = city.settings.evaluates_from, moment.horizon.date()
    periods = [period for kind in city.settings.periods for period in series(kind, first, last)]
    if moment.period not in periods:
        periods.append(moment.period)
    return periods


def write_inputs(city: City, schemes: list[Scheme], moment: Moment, lake: Path, deliveries: list[str]) -> str:
    """Write lake/run/*.parquet; returns the hash over all inputs (reference, rules, deliveries) of the run."""
    periods = periods_of_run(city, moment)
    tables = {
        "periods": _periods(periods, moment),
        "period_days": _period_days(periods, city.settings.evaluates_from),
        **_reference(city),
        "sources": _sources(city),
        "late_feeds": late_feeds(city, lake, read_ledger(lake), periods, moment.horizon),
        "late_adjustments": late_adjustments(city, schemes, lake),
        **rule_tables(schemes),
        **indicator_tables(city.indicators),
        "stop_rule": _stop_rule(city),
        "constant_rates": pl.DataFrame(
            list(city.settings.constant_rates.items()),
            schema={"indicator": pl.String, "reason": pl.String},
            orient="row",
        ),
    }
    digest = hashlib.sha256()
    for name in sorted(tables):
        digest.update(name.encode())
        digest.update(tables[name].write_csv().encode())
    for delivery in sorted(deliveries):
        digest.update(delivery.encode())
    input_hash = digest.hexdigest()[:16]
    tables["run"] = pl.DataFrame(
        {
            "city": [city.name],
            "title_zh": [city.settings.title.zh],
            "title_en": [city.settings.title.en],
            "as_of": [moment.horizon],
            "as_of_on": [moment.horizon.date()],
            "evaluates_from": [city.settings.evaluates_from],
            "is_synthetic": [city.settings.synthetic],
            "calendar_code": [city.settings.calendar],
            "code_version": [code_version()],
            "input_hash": [input_hash],
        },
        schema_overrides={"as_of": pl.Datetime("us")},
    )
    for name, table in tables.items():
        write_parquet(table, lake / "run" / f"{name}.parquet")
    closings(CityHome(lake.parent))
    return input_hash


def _periods(periods: list[Period], moment: Moment) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "period": p.name,
                "period_type": p.kind,
                "label_zh": p.label_zh,
                "starts_on": p.starts_on,
                "ends_on": p.ends_on,
                "as_of": moment.as_of(p),
                "is_complete": moment.is_complete(p),
                "previous_period": p.previous().name,
                "year_before_period": None if before is None else before.name,
            }
            for p in periods
            for before in (p.year_before(),)
        ],
        schema_overrides={"as_of": pl.Datetime("us"), "year_before_period": pl.String},
    )


def _period_days(periods: list[Period], first: date) -> pl.DataFrame:
    """The days of each period; none before ``first``, the first day that the city evaluates."""
    return pl.concat(
        pl.DataFrame(
            {"day_on": pl.date_range(max(p.starts_on, first), p.ends_on, timedelta(days=1), eager=True)}
        ).select(pl.lit(p.name).alias("period"), "day_on")
        for p in periods
    )


def _reference(city: City) -> dict[str, pl.DataFrame]:
    units = city.reference["units"]
    if UNALLOCATED not in set(units["unit_code"]):
        roots = units.filter((pl.col("unit_kind") == "city") & pl.col("parent_code").is_null())["unit_code"]
        row = {
            "unit_code": UNALLOCATED,
            "name_zh": "未落区域",
            "name_en": "Unallocated",
            "unit_kind": UNALLOCATED,
            "parent_code": roots[0] if len(roots) else None,
            "successor_code": None,
            "is_ranked": False,
            "valid_from": None,
            "valid_to": None,
        }
        units = pl.concat([units, pl.DataFrame([row], schema=units.schema)])
    calendar = city.reference["calendar"].rename({"date": "calendar_date"})
    return {
        "units": units,
        "unit_ancestors": _ancestors(units),
        "unit_successions": _successions(units),
        "peer_groups": city.reference["peer_groups"],
        "categories": city.reference["categories"],
        "stage_limits": city.reference["stage_limits"].rename({"limit": "limit_value"}),
        "calendar": calendar.with_columns(weekday=pl.col("calendar_date").dt.weekday().cast(pl.Int64)),
        "work_intervals": city.reference["work_intervals"].rename({"date": "on_date"}),
    }


def _ancestors(units: pl.DataFrame) -> pl.DataFrame:
    parents = dict(units.select("unit_code", "parent_code").iter_rows())
    pairs = []
    for unit in parents:
        here: str | None = unit
        while here is not None:
            pairs.append((unit, here))
            here = parents.get(here)
    return pl.DataFrame(pairs, schema={"unit_code": pl.String, "ancestor_code": pl.String}, orient="row")


def _successions(units: pl.DataFrame) -> pl.DataFrame:
    """Who answers for a unit after its last day: its successor, once that has ended too the successor of that."""
    known = units.select("unit_code", "valid_to", "successor_code").iter_rows()
    ends: dict[str, tuple[date | None, str | None]] = {unit: (last, heir) for unit, last, heir in known}
    rows = []
    for unit, (last, first_heir) in ends.items():
        begin, heir = last, first_heir
        while begin is not None and heir is not None:
            end, following = ends[heir]
            end = None if following is None else end
            if end is None or end > begin:  # else it had ended before it could answer
                rows.append((unit, heir, begin + timedelta(days=1), end))
                begin = end
            heir = following
    return pl.DataFrame(
        rows,
        schema={"unit_code": pl.String, "successor_code": pl.String, "starts_on": pl.Date, "ends_on": pl.Date},
        orient="row",
    )


def _stop_rule(city: City) -> pl.DataFrame:
    """One row, or none where the city does not say when a planned stop counts as served."""
    rule = city.settings.stop_is_served
    return pl.DataFrame(
        [] if rule is None else [rule.model_dump()],
        schema={"within_metres": pl.Int64, "minutes_early": pl.Int64, "minutes_late": pl.Int64},
    )


def _sources(city: City) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "source": source.source,
                "contract": source.contract,
                "source_system": source.source_system,
                "handled_at_is_closed_at": source.declares.handled_at == "closed_at",
                "clock_starts_at": source.declares.clock_starts_at,
                "is_due_computed": source.declares.due_at == "computed",
            }
            for source in city.sources.values()
        ]
    )
