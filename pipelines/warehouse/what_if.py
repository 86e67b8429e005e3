"""Past periods scored again under a draft: the models of the engine on the released counts, in a scratch home."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.city import City
from pipelines.city.periods import parse_period
from pipelines.errors import UsageError
from pipelines.files import write_parquet
from pipelines.scoring import Scheme, rule_tables
from pipelines.scoring.draft import in_force, read_draft
from pipelines.settings import CityHome
from pipelines.warehouse.build import build
from pipelines.warehouse.db import open_db, quoted
from pipelines.warehouse.scratch import scratch_home

Row = dict[str, Any]
ENGINE = ("int_case_repeats", "path:models/marts/scoring")


def what_if(city: City, schemes: Sequence[Scheme], home: CityHome, path: Path, wanted: Sequence[str] = ()) -> Row:
    """How scores and ranks would have been under the draft in ``path``, in the ``wanted`` periods (default: every
    complete one of its kind; in no other is it in force): ``scheme``, ``groups`` with each unit before and after, and
    ``elsewhere`` the schemes that take scores from it, with the number of units whose score would move. Nothing that is
    published is touched. The caller holds the city's lock.

    Raises UsageError for a wrong draft, a period that is not released or of another kind, and before the first release.
    """
    release = home.current.resolve() / "serving.duckdb"
    if not (release.is_file() and home.warehouse.is_file()):
        raise UsageError(f"nothing is released yet under {home.root}", "run `cityeval run` first")
    days = pl.read_parquet(home.lake / "run" / "periods.parquet")
    draft = read_draft(city, schemes, path)
    periods = _periods(draft, days, wanted)
    tried = days.filter(pl.col("period").is_in(periods)).select("starts_on", "ends_on").rows()
    all_schemes = in_force(draft, schemes, tried)
    with scratch_home(home) as scratch:
        shutil.copytree(home.lake / "run", scratch.lake / "run", dirs_exist_ok=True)
        for name, table in rule_tables(all_schemes).items():
            write_parquet(table, scratch.lake / "run" / f"{name}.parquet")
        (scratch.lake / "accepted").symlink_to(home.lake / "accepted", target_is_directory=True)
        shutil.copyfile(home.warehouse, scratch.warehouse)
        _released_counts(scratch, release)
        build(scratch, only=ENGINE, is_tested=False)
        return {"city": city.name, "scheme": draft.scheme, "file": path.name} | _compared(
            release, scratch.warehouse, draft.scheme, periods
        )


def _periods(draft: Scheme, days: pl.DataFrame, wanted: Sequence[str]) -> list[str]:
    kind = draft.applies_to.period
    known = days.filter((pl.col("period_type") == kind) & pl.col("is_complete"))["period"].to_list()
    for name in wanted:
        if parse_period(name).kind != kind:
            raise UsageError(f"{name} is no {kind}, and the draft scores a {kind}", "name periods of its kind")
        if name not in known:
            raise UsageError(f"{name} is not released, or not complete", f"released are: {', '.join(known[-12:])}")
    return list(wanted) or known


def _released_counts(scratch: CityHome, release: Path) -> None:
    """Counts and rates as released in the place of those of the warehouse, which may have moved since."""
    with open_db(scratch.warehouse) as db:
        db.execute(f"attach {quoted(release)} as released (read_only)")
        for model, mart in (("kpi_counts", "mart_counts"), ("kpi_indicators", "mart_indicators")):
            db.execute(f"create or replace table main.{model} as select * from released.main.{mart}")


def _compared(release: Path, warehouse: Path, scheme: str, periods: list[str]) -> Row:
    named = ", ".join(f"'{period}'" for period in periods)
    with open_db(":memory:") as db:
        db.execute(f"attach {quoted(release)} as released (read_only)")
        db.execute(f"attach {quoted(warehouse)} as tried (read_only)")
        rows = (
            db.sql(
                f"""
                select
                    t.period, t.peer_group, t.unit_code, u.name_zh as unit_name, r.score as score_before, t.score,
                    t.score - r.score as change, r.rank as rank_before, t.rank, r.rank - t.rank as rank_change,
                    r.grade as grade_before, t.grade, t.reason_zh, t.reason_en
                from tried.main.rank_units as t
                inner join tried.main.dim_units as u on t.unit_code = u.unit_code
                inner join released.main.mart_periods as p on t.period = p.period
                left join released.main.mart_ranks as r
                    on t.period = r.period and t.scheme = r.scheme and t.unit_code = r.unit_code
                where t.scheme = '{scheme}' and t.period in ({named})
                order by p.ends_on, t.period, t.peer_group, t.rank nulls last, t.unit_code
                """
            )
            .pl()
            .to_dicts()
        )
        elsewhere = (
            db.sql(
                f"""
                select r.scheme, r.period, count(*) as units_moved
                from released.main.mart_ranks as r
                inner join tried.main.rank_units as t
                    on r.period = t.period and r.scheme = t.scheme and r.unit_code = t.unit_code
                where r.scheme <> '{scheme}' and r.score is distinct from t.score
                group by r.scheme, r.period order by r.scheme, r.period
                """
            )
            .pl()
            .to_dicts()
        )
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.pop("period"), row.pop("peer_group")), []).append(row)
    return {
        "groups": [
            {"period": period, "peer_group": group, "units": units} for (period, group), units in groups.items()
        ],
        "elsewhere": elsewhere,
    }
