"""The rows that cost a unit the points of one item: cases, findings and other records, work, or the scores below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.answers.case_measures import CASE_MEASURES
from pipelines.answers.proofs import rows_behind
from pipelines.answers.reading import below, held_below, plain_rows, rows_of
from pipelines.scoring.points import more_is_better
from pipelines.scoring.scheme import Item
from pipelines.settings import CityHome
from pipelines.warehouse.db import quoted

WORK_SHOWN = (
    "operation_key, unit_code, operated_on, measure, planned, actual, unit_of_measure, source_file, source_row, "
    "delivery_id"
)


@dataclass(frozen=True)
class Asked:
    """Whose rows are looked for: those of ``unit`` and all below it, in ``period``; at most ``most`` are listed."""

    home: CityHome
    period: str
    unit: str
    most: int

    @property
    def below(self) -> str:
        return below(self.unit)

    @property
    def mine(self) -> str:
        return f"period = {quoted(self.period)} and {held_below()}"


def costs_of(asked: Asked, item: Item, part: str, channel: str) -> dict[str, Any] | None:
    """``kind`` (cases, records, work or scores), ``count`` and the first ``rows`` of what cost points; None where the
    item has no such rows: more of what it counts would have earned more, or files of evidence are missing.
    """
    if item.scheme is not None:
        return _scores(asked, item, item.scheme)
    counted, lacking = _measures(asked, item, part)
    if counted is None:
        return None
    if counted in CASE_MEASURES and (lacking is None or lacking in CASE_MEASURES):
        return _cases(asked, counted, lacking, channel)
    if counted.startswith("planned_"):
        return _work(asked, counted)
    return _records(asked, counted, lacking)


def _measures(asked: Asked, item: Item, part: str) -> tuple[str | None, str | None]:
    """What is counted and is to be in no other count: the denominator without the numerator where more is better, the
    numerator where less is; a measure itself where more of it costs points.
    """
    if item.measure is not None:
        return (None if more_is_better(item) != (part == "penalty") else item.measure), None
    known = rows_of(
        asked.home,
        "select numerator_measure, denominator_measure, direction from mart_indicator_definitions "
        f"where indicator = {quoted(item.indicator or '')}",
    )
    if not known:
        return None, None
    row = known[0]
    if row["direction"] == "up":
        return row["denominator_measure"], row["numerator_measure"]
    return row["numerator_measure"], None


def _cases(asked: Asked, counted: str, lacking: str | None, channel: str) -> dict[str, Any]:
    """The cases, and turns of cases, that ``counted`` counts and ``lacking`` does not; ``value`` is what each adds."""
    rows = rows_behind(asked.home, asked.period, asked.unit, channel, counted)
    if lacking is not None:
        others = rows_behind(asked.home, asked.period, asked.unit, channel, lacking)
        same = [name for name in rows.columns if name != "value" and name in others.columns]
        rows = rows.join(others, on=same, how="anti", nulls_equal=True)
    return {"kind": "cases", "count": rows.height, "rows": plain_rows(rows.head(asked.most).to_dicts())}


def _work(asked: Asked, planned: str) -> dict[str, Any]:
    """Work of the measure ``planned`` that fell short of its plan, the largest lack first."""
    rows = rows_of(
        asked.home,
        f"{asked.below} select {WORK_SHOWN} from mart_operation_proofs where {asked.mine} "
        f"and 'planned_' || measure = {quoted(planned)} and actual < planned "
        "order by planned - actual desc, operation_key",
    )
    return {"kind": "work", "count": len(rows), "rows": plain_rows(rows[: asked.most])}


def _records(asked: Asked, counted: str, lacking: str | None) -> dict[str, Any]:
    """Records of which ``counted`` is more than ``lacking``: points deducted, findings not rectified in time …"""
    named = "measure || coalesce('_' || part, '')"
    both = f"({quoted(counted)}, {quoted(lacking or '')})"
    sign = f"sum(case when {quoted(lacking or '')} in (measure, {named}) then -value else value end)"
    rows = rows_of(
        asked.home,
        f"{asked.below} select record_key, max(part) as part, unit_code, max(area_code) as area_code, "
        "max(occurred_on) as occurred_on, max(source_file) as source_file, max(source_row) as source_row, "
        f"max(delivery_id) as delivery_id, {sign} as value from mart_record_proofs where {asked.mine} "
        f"and (measure in {both} or {named} in {both}) "
        f"group by record_key, unit_code having {sign} > 0 order by value desc, record_key, unit_code",
    )
    return {"kind": "records", "count": len(rows), "rows": plain_rows(rows[: asked.most])}


def _scores(asked: Asked, item: Item, name: str) -> dict[str, Any]:
    """The scores that the item is the mean of, the lowest first."""
    inside = (
        "exists (select 1 from mart_periods as p join mart_periods as m on m.period = r.period "
        f"where p.period = {quoted(asked.period)} and m.starts_on >= p.starts_on and m.ends_on <= p.ends_on)"
    )
    own = f"r.unit_code = {quoted(asked.unit)}"
    where = {
        "same": f"{own} and r.period = {quoted(asked.period)}",
        "periods": f"{own} and {inside}",
        "children": f"r.period = {quoted(asked.period)} and r.unit_code in (select unit_code from below) and not {own}",
    }[item.over]
    rows = rows_of(
        asked.home,
        f"{asked.below} select r.period, r.unit_code, r.unit_name, r.score, r.full_marks, r.rank from mart_ranks as r "
        f"where r.scheme = {quoted(name)} and {where} and r.score is not null order by r.score, r.period, r.unit_code",
    )
    return {"kind": "scores", "count": len(rows), "rows": plain_rows(rows[: asked.most])}
