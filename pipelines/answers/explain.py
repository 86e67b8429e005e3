"""Why a unit has the score it has: the document behind `cityeval explain`, built from the current release."""

from __future__ import annotations

from typing import Any

from pipelines.answers.adjustments import applied_to
from pipelines.answers.reading import head, plain, rows_of, text
from pipelines.errors import UsageError
from pipelines.settings import CityHome


def explain_document(home: CityHome, city: str, period: str, unit: str, most: int = 50) -> dict[str, Any]:
    """Points lost by item, the next grade, and the cases that cost them (at most ``most`` per reason)."""
    document = head(home, city, period)
    ranks = rows_of(home, f"select * from mart_ranks where period = {text(period)} and unit_code = {text(unit)}")
    items = rows_of(
        home,
        f"select * from mart_score_items where period = {text(period)} and unit_code = {text(unit)} "
        "order by scheme, item_order",
    )
    known = rows_of(home, f"select unit_code, name_zh, unit_kind from mart_units where unit_code = {text(unit)}")
    if not known:
        raise UsageError(f"there is no unit {unit!r}", "`cityeval indicators --json` lists the codes")
    below = (
        "with recursive below as (select unit_code from mart_units where unit_code = "
        f"{text(unit)} union all select u.unit_code from mart_units as u "
        "join below as b on u.parent_code = b.unit_code) "
    )
    mine = (
        f"from mart_case_proofs where period = {text(period)} and (unit_code in (select unit_code from below) "
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
        rows = rows_of(
            home,
            below + "select case_id, channel, unit_code, area_code, reported_at, due_at, handled_at, closed_at, "
            f"rework_count, source_file, source_row, delivery_id {mine} and {test} order by settled_at, case_id",
        )
        document["cases"][reason] = {
            "count": len(rows),
            "rows": [{k: plain(v) for k, v in row.items()} for row in rows[:most]],
        }
    document["records"] = _records(home, below, period, most)
    document["adjustments"] = applied_to(home, period, unit)
    return document


def _records(home: CityHome, below: str, period: str, most: int) -> dict[str, Any]:
    """The records behind each count that is neither of cases nor of planned work: how many, their sum, the first."""
    mine = (
        f"from mart_record_proofs where period = {text(period)} and (unit_code in (select unit_code from below) "
        "or area_code in (select unit_code from below))"
    )
    sums = rows_of(
        home, below + f"select measure, count(*) as count, sum(value) as value {mine} group by measure order by measure"
    )
    place = "row_number() over (partition by measure order by occurred_on, record_key, unit_code)"
    listed = rows_of(
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
