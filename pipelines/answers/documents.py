"""The JSON documents of the command line (design: stable), built from the current release."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.errors import UsageError
from pipelines.settings import CityHome
from pipelines.warehouse import read_release


def plain(value: Any) -> Any:
    """A value as JSON has it: whole decimals as integers, others as numbers, moments as ISO text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def head(home: CityHome, city: str, period: str) -> dict[str, Any]:
    """city, period, as_of, version of ``period``; raises UsageError where the release does not hold it."""
    known = read_release(home, "select period, as_of, version from mart_periods order by ends_on desc, period")
    row = known.filter(pl.col("period") == period)
    if row.is_empty():
        near = ", ".join(known["period"].head(8))
        raise UsageError(
            f"the current release holds no period {period!r}",
            f"it holds {near} …; run `cityeval run --period {period}`",
        )
    return {"city": city, "period": period, "as_of": row["as_of"][0].isoformat(), "version": row["version"][0]}


def rank_document(home: CityHome, city: str, period: str, scheme: str | None = None) -> dict[str, Any]:
    """The ranking of a period by scheme and peer group; who is not ranked stands last, with the reason."""
    document = head(home, city, period)
    rows = _rows(
        home,
        f"select * from mart_ranks where period = {_text(period)}{_and('scheme', scheme)} "
        "order by scheme, peer_group, rank nulls last, unit_code",
    )
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["scheme"], row["unit_kind"], row["peer_group"]), []).append(
            {
                "unit_code": row["unit_code"],
                "unit_name": row["unit_name"],
                "score": None if row["score"] is None else float(row["score"]),
                "rank": row["rank"],
                "grade": row["grade"],
                "ranked": row["is_ranked"],
                "reason": row["reason_zh"],
            }
        )
    document["groups"] = [
        {"scheme": name, "unit_kind": kind, "peer_group": group, "units": units}
        for (name, kind, group), units in groups.items()
    ]
    return document


def indicator_document(
    home: CityHome, city: str, period: str, unit: str | None = None, indicator: str | None = None
) -> dict[str, Any]:
    """The indicators of a period with numerator and denominator."""
    document = head(home, city, period)
    rows = _rows(
        home,
        f"select * from mart_indicators where period = {_text(period)}{_and('unit_code', unit)}"
        f"{_and('indicator', indicator)} order by unit_kind, unit_code, channel, indicator",
    )
    if not rows and (unit or indicator):
        raise UsageError(f"no indicator {indicator or ''} of unit {unit or ''} in {period}", "check both codes")
    document["rows"] = [
        {
            "unit_kind": r["unit_kind"],
            "unit_code": r["unit_code"],
            "unit_name": r["unit_name"],
            "channel": r["channel"],
            "indicator": r["indicator"],
            "numerator": plain(r["numerator"]),
            "denominator": plain(r["denominator"]),
            "rate": None if r["rate"] is None else float(r["rate"]),
            "reason": r["reason_zh"],
        }
        for r in rows
    ]
    return document


def explain_document(home: CityHome, city: str, period: str, unit: str, most: int = 50) -> dict[str, Any]:
    """Points lost by item, the next grade, and the cases that cost them (at most ``most`` per reason)."""
    document = head(home, city, period)
    ranks = _rows(home, f"select * from mart_ranks where period = {_text(period)} and unit_code = {_text(unit)}")
    items = _rows(
        home,
        f"select * from mart_score_items where period = {_text(period)} and unit_code = {_text(unit)} "
        "order by scheme, item_order",
    )
    known = _rows(home, f"select unit_code, name_zh, unit_kind from mart_units where unit_code = {_text(unit)}")
    if not known:
        raise UsageError(f"there is no unit {unit!r}", "`cityeval indicators --json` lists the codes")
    below = (
        "with recursive below as (select unit_code from mart_units where unit_code = "
        f"{_text(unit)} union all select u.unit_code from mart_units as u "
        "join below as b on u.parent_code = b.unit_code) "
    )
    mine = (
        f"from mart_case_proofs where period = {_text(period)} and (unit_code in (select unit_code from below) "
        "or area_code in (select unit_code from below))"
    )
    costs = {
        "not_closed": "is_overdue_open",
        "closed_late": "is_closed and not is_closed_on_time",
        "reworked": "is_due_to_close and rework_count > 0",
        "not_satisfied": "is_evaluated and not is_satisfied",
    }
    document |= {
        "unit_code": unit,
        "unit_name": known[0]["name_zh"],
        "unit_kind": known[0]["unit_kind"],
        "ranks": [
            {
                k: plain(r[k])
                for k in ("scheme", "peer_group", "score", "rank", "group_size", "previous_rank", "grade", "reason_zh")
            }
            for r in ranks
        ],
        "items": [
            {
                k: plain(i[k])
                for k in (
                    "scheme",
                    "item",
                    "item_zh",
                    "indicator",
                    "channel",
                    "numerator",
                    "denominator",
                    "rate",
                    "points",
                    "full_marks",
                    "points_lost",
                    "state",
                    "reason_zh",
                    "reason_en",
                )
            }
            for i in items
        ],
        "cases": {},
    }
    for reason, test in costs.items():
        rows = _rows(
            home,
            below + "select case_id, channel, unit_code, area_code, reported_at, due_at, handled_at, closed_at, "
            f"rework_count, source_file, source_row, delivery_id {mine} and {test} order by settled_at, case_id",
        )
        document["cases"][reason] = {
            "count": len(rows),
            "rows": [{k: plain(v) for k, v in row.items()} for row in rows[:most]],
        }
    document["records"] = _records(home, below, period, most)
    return document


def _records(home: CityHome, below: str, period: str, most: int) -> dict[str, Any]:
    """The records behind each count that is neither of cases nor of planned work: how many, their sum, the first."""
    mine = (
        f"from mart_record_proofs where period = {_text(period)} and (unit_code in (select unit_code from below) "
        "or area_code in (select unit_code from below))"
    )
    sums = _rows(
        home, below + f"select measure, count(*) as count, sum(value) as value {mine} group by measure order by measure"
    )
    place = "row_number() over (partition by measure order by occurred_on, record_key, unit_code)"
    listed = _rows(
        home,
        below + "select measure, record_key, part, unit_code, area_code, occurred_on, value, source_file, source_row, "
        f"delivery_id {mine} qualify {place} <= {int(most)} order by measure, occurred_on, record_key, unit_code",
    )
    return {
        row["measure"]: {
            "count": row["count"],
            "value": plain(row["value"]),
            "rows": [
                {k: plain(v) for k, v in each.items() if k != "measure"}
                for each in listed
                if each["measure"] == row["measure"]
            ],
        }
        for row in sums
    }


def _rows(home: CityHome, sql: str) -> list[dict[str, Any]]:
    return read_release(home, sql).to_dicts()


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _and(column: str, value: str | None) -> str:
    return "" if value is None else f" and {column} = {_text(value)}"
