"""Why a unit has the score it has: the document behind `cityeval explain`, built from the current release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.answers.adjustments import applied_to
from pipelines.answers.changes import Side, changes
from pipelines.answers.costs import Asked, costs_of
from pipelines.answers.needed import next_grade
from pipelines.answers.reading import head, plain, plain_rows, rows_of
from pipelines.city.periods import parse_period
from pipelines.errors import UsageError
from pipelines.scoring import Scheme
from pipelines.settings import CityHome
from pipelines.warehouse.db import quoted

Row = dict[str, Any]
MOST = 50  # rows listed of each kind; their number is told
RANK_SHOWN = ("scheme", "peer_group", "score", "rank", "group_size", "previous_rank", "grade", "reason_zh")
ITEM_SHOWN = (
    "scheme", "item", "item_zh", "indicator", "channel", "numerator", "denominator", "rate", "points", "full_marks",
    "points_lost", "state", "reason_zh", "reason_en",
)  # fmt: skip
WITHOUT_ROWS = ("no_evidence", "no_score_below", "not_measured", "small_sample", "zero_denominator", "not_recorded")
CASE_LISTS = {
    "not_closed": "is_overdue_open",
    "closed_late": "is_closed and not is_closed_on_time",
    "reworked": "is_due_to_close and rework_count > 0",
    "not_satisfied": "is_evaluated and not is_satisfied",
}


def explain_document(home: CityHome, city: str, schemes: Sequence[Scheme], period: str, unit: str) -> Row:
    """Points lost by item with the rows that cost them, the next grade, the change since the period before, the cases
    and records of the unit, and the adjustments that its figures rest on. ``schemes`` are those of the city's folder.

    Raises UsageError where the release does not hold the period or the unit.
    """
    document = head(home, city, period)
    known = rows_of(home, f"select unit_code, name_zh, unit_kind from mart_units where unit_code = {quoted(unit)}")
    if not known:
        raise UsageError(f"there is no unit {unit!r}", "`cityeval indicators --json` lists the codes")
    ranks, items = _scores(home, period, unit)
    asked = Asked(home, period, unit, MOST)
    provisional = _provisional(home, period, unit)
    by_version = {(scheme.scheme, scheme.version): scheme for scheme in schemes}
    document |= {
        "unit_code": unit,
        "unit_name": known[0]["name_zh"],
        "unit_kind": known[0]["unit_kind"],
        "ranks": [{key: plain(rank[key]) for key in RANK_SHOWN} for rank in ranks],
        "items": [
            {key: plain(item[key]) for key in ITEM_SHOWN}
            | {"is_calendar_provisional": (item["indicator"], item["channel"]) in provisional}
            | {"costs": _costs(asked, by_version.get((item["scheme"], item["scheme_version"])), item)}
            for item in items
        ],
        "cases": {reason: _cases(asked, test) for reason, test in CASE_LISTS.items()},
        "records": _records(asked),
        "adjustments": applied_to(home, period, unit),
        "targets": _targets(home, period, unit),
        "next_grades": [],
        "changes": [],
    }
    previous = parse_period(period).previous().name
    ranks_before, items_before = _scores(home, previous, unit)
    for rank in ranks:
        scheme = by_version.get((rank["scheme"], rank["scheme_version"]))
        if scheme is None:
            continue
        mine = [item for item in items if item["scheme"] == rank["scheme"]]
        needed = next_grade(scheme, rank, mine)
        document["next_grades"] += [needed] if needed is not None else []
        old = next((row for row in ranks_before if row["scheme"] == rank["scheme"]), None)
        first = by_version.get((rank["scheme"], old["scheme_version"])) if old is not None else None
        if old is None or first is None or not (old["is_ranked"] and rank["is_ranked"]):
            continue
        then = [item for item in items_before if item["scheme"] == rank["scheme"]]
        before = Side(Asked(home, previous, unit, MOST), first, old, {item["item"]: item for item in then})
        document["changes"].append(changes(before, Side(asked, scheme, rank, {item["item"]: item for item in mine})))
    return document


def _scores(home: CityHome, period: str, unit: str) -> tuple[list[Row], list[Row]]:
    of = f"where period = {quoted(period)} and unit_code = {quoted(unit)}"
    ranks = rows_of(home, f"select * from mart_ranks {of} order by scheme")
    return ranks, rows_of(home, f"select * from mart_score_items {of} order by scheme, item_order")


def _provisional(home: CityHome, period: str, unit: str) -> set[tuple[str, str]]:
    """Indicators and channels of the unit whose deadlines rest on days without an official calendar."""
    rows = rows_of(
        home,
        f"select indicator, channel from mart_indicators where period = {quoted(period)} "
        f"and unit_code = {quoted(unit)} and is_calendar_provisional",
    )
    return {(row["indicator"], row["channel"]) for row in rows}


def _costs(asked: Asked, scheme: Scheme | None, item: Row) -> Row | None:
    """None too where the scheme's file has changed since: what cost points is then not guessed; and where no row cost
    them, but that there was no value or no evidence file.
    """
    if scheme is None or not item["points_lost"] or item["reason_code"] in WITHOUT_ROWS:
        return None
    own = next(each for _, _, each in scheme.parts if each.item == item["item"])
    return costs_of(asked, own, item["part"], item["channel"])


def _targets(home: CityHome, period: str, unit: str) -> list[Row]:
    """How far each target of the unit is met, and what is left."""
    rows = rows_of(
        home,
        "select indicator, indicator_zh, numerator, denominator, value, target, direction, is_met, share_done, "
        "left_to_target, left_count, target_source from mart_target_progress "
        f"where period = {quoted(period)} and unit_code = {quoted(unit)} order by indicator",
    )
    return plain_rows(rows)


def _cases(asked: Asked, test: str) -> Row:
    rows = rows_of(
        asked.home,
        f"{asked.below} select case_id, channel, unit_code, area_code, reported_at, due_at, handled_at, closed_at, "
        f"rework_count, source_file, source_row, delivery_id from mart_case_proofs where {asked.mine} and {test} "
        "order by settled_at, case_id",
    )
    return {"count": len(rows), "rows": plain_rows(rows[: asked.most])}


def _records(asked: Asked) -> Row:
    """The records behind each count that is neither of cases nor of planned work: how many, their sum, the first."""
    mine = f"from mart_record_proofs where {asked.mine}"
    sums = rows_of(
        asked.home,
        f"{asked.below} select measure, count(*) as count, sum(value) as value {mine} group by all order by measure",
    )
    place = "row_number() over (partition by measure order by occurred_on, record_key, unit_code)"
    listed = rows_of(
        asked.home,
        f"{asked.below} select measure, record_key, part, unit_code, area_code, occurred_on, value, source_file, "
        f"source_row, delivery_id {mine} qualify {place} <= {asked.most} "
        "order by measure, occurred_on, record_key, unit_code",
    )
    found: Row = {row["measure"]: {"count": row["count"], "value": plain(row["value"]), "rows": []} for row in sums}
    for row in listed:
        found[row["measure"]]["rows"].append({key: plain(value) for key, value in row.items() if key != "measure"})
    return found
