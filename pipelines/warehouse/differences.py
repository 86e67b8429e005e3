"""What moved between two versions of a publication, cell by cell, and the cases and rules that moved it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import UsageError
from pipelines.warehouse.db import open_db, quoted
from pipelines.warehouse.publication import Publication, publications

# mart: (columns that name a row, columns that are compared)
COMPARED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "mart_ranks": (
        ("scheme", "unit_code"),
        ("score", "rank", "grade", "is_ranked", "adjusted_points", "previous_rank", "scheme_version"),
    ),
    "mart_score_items": (
        ("scheme", "unit_code", "item"),
        ("numerator", "denominator", "rate", "points", "full_marks", "state"),
    ),
    "mart_awards": (("scheme", "unit_code", "kind"), ("yuan",)),
    "mart_consequences": (("scheme", "unit_code", "consequence"), ("times_met",)),
    "mart_settlements": (("scheme", "unit_code", "kind", "reference"), ("yuan",)),
    "mart_indicators": (("unit_code", "channel", "indicator"), ("numerator", "denominator", "rate")),
    "mart_counts": (("unit_code", "channel", "measure"), ("value",)),
}
CASES = "mart_case_proofs"
ADJUSTMENTS = "mart_adjustment_effects"
# what a case's change is seen in; times and flags, not the delivery they came with
CASE_COLUMNS = (
    "unit_code", "area_code", "due_at", "handled_at", "closed_at", "rework_count", "is_due_to_close", "is_closed",
    "is_closed_on_time", "is_overdue_open", "is_suspended", "is_evaluated", "is_satisfied", "exclusion_reason",
)  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """``causes`` in words; ``cells`` with mart, key columns, column, before, after, why; ``cases`` with what became of
    each case that counts differently.
    """

    period: str
    before: int
    after: int
    causes: list[str]
    cells: list[dict[str, Any]]
    cases: list[dict[str, Any]]


def difference(
    lake: Path, period: str, parents: Mapping[str, str | None], before: int | None = None, after: int | None = None
) -> Difference:
    """Compare two versions of ``period`` (default: the last two). ``parents`` names the unit above each unit.

    Raises UsageError where there are no such versions.
    """
    known = {p.version: p for p in publications(lake) if p.period == period}
    if not known:
        raise UsageError(f"{period!r} is not published", "`cityeval publications` lists what is")
    new = after or max(known)
    old = before or new - 1
    for version in (old, new):
        if version not in known:
            have = ", ".join(map(str, known))
            raise UsageError(f"{period} has no version {version}", f"it has {have}; a first version moved nothing")
    with open_db(":memory:") as db:
        cases = _cases(db, known[old], known[new])
        moved = _by_unit(cases, parents)
        # a publication made before there was such a mart has none to compare
        marts = [mart for mart in COMPARED if all(mart in known[v].manifest["files"] for v in (old, new))]
        cells = [cell for mart in marts for cell in _cells(db, mart, known[old], known[new])]
        adjusted = _adjustments(db, known[old], known[new])
    causes = _causes(known[old], known[new], cases)
    causes += sorted({words for mine in adjusted.values() for words in mine})
    for cell in cells:
        unit = cell["unit_code"]
        own = [*adjusted.get(unit, ()), *([moved[unit]] if unit in moved else ())]
        cell["why"] = "; ".join(own or causes[:2]) or "no case of it moved"
    return Difference(period, old, new, causes, cells, cases)


def _cells(db: Any, mart: str, old: Publication, new: Publication) -> list[dict[str, Any]]:
    """The cells of ``mart`` that differ; a row that only one version has differs in each of its columns."""
    keys, wanted = COMPARED[mart]
    both = _columns(db, mart, old) & _columns(db, mart, new)
    columns = [c for c in wanted if c in both]
    on = " and ".join(f"a.{k} is not distinct from b.{k}" for k in keys)
    named = ", ".join(f"coalesce(a.{k}, b.{k}) as {k}" for k in keys)
    one = " union all ".join(
        f"select {named}, coalesce(a.unit_name, b.unit_name) as unit_name, '{c}' as moved, {at} as place, "
        f"cast(a.{c} as varchar) as before, cast(b.{c} as varchar) as after "
        f"from {_file(mart, old)} as a full join {_file(mart, new)} as b on {on} where a.{c} is distinct from b.{c}"
        for at, c in enumerate(columns)
    )
    rows = db.sql(f"select * exclude (place) from ({one}) order by {', '.join(keys)}, place").pl().to_dicts()
    return [{"table": mart, **{k: v for k, v in row.items() if k != "moved"}, "column": row["moved"]} for row in rows]


def _cases(db: Any, old: Publication, new: Publication) -> list[dict[str, Any]]:
    """The cases whose rows differ: came, left, changed (in which columns)."""
    both = _columns(db, CASES, old) & _columns(db, CASES, new)
    columns = [c for c in CASE_COLUMNS if c in both]
    differs = " or ".join(f"a.{c} is distinct from b.{c}" for c in columns)
    changed = ", ".join(f"case when a.{c} is distinct from b.{c} then '{c}' end" for c in columns)
    sql = f"""
        select
            coalesce(b.case_id, a.case_id) as case_id,
            case when a.case_key is null then 'came' when b.case_key is null then 'left' else 'changed' end as change,
            coalesce(b.unit_code, a.unit_code) as unit_code, coalesce(b.area_code, a.area_code) as area_code,
            case when a.case_key is not null and b.case_key is not null
                then list_filter([{changed}], lambda x: x is not null) else [] end as columns,
            b.exclusion_reason, coalesce(b.delivery_id, a.delivery_id) as delivery_id,
            coalesce(b.source_file, a.source_file) as source_file, coalesce(b.source_row, a.source_row) as source_row,
            a.unit_code as unit_before, a.area_code as area_before
        from {_file(CASES, old)} as a full join {_file(CASES, new)} as b on a.case_key = b.case_key
        where a.case_key is null or b.case_key is null or {differs}
        order by change, case_id
    """
    found: list[dict[str, Any]] = db.sql(sql).pl().to_dicts()
    return found


def _adjustments(db: Any, old: Publication, new: Publication) -> dict[str, list[str]]:
    """For each unit the adjustments that only one of the versions rests on, in words."""
    both = [p for p in (old, new) if ADJUSTMENTS in p.manifest["files"]]
    if new not in both:
        return {}
    none = f"(select * from {_file(ADJUSTMENTS, new)} limit 0)"
    before = _file(ADJUSTMENTS, old) if old in both else none
    sql = f"""
        select
            coalesce(b.unit_code, a.unit_code) as unit_code, coalesce(b.adjustment_id, a.adjustment_id) as number,
            coalesce(b.kind, a.kind) as kind, coalesce(b.target, a.target) as target,
            coalesce(b.decided_by, a.decided_by) as decided_by, b.record_key is null as is_gone
        from {before} as a
        full join {_file(ADJUSTMENTS, new)} as b on a.record_key = b.record_key and a.unit_code = b.unit_code
        where a.record_key is null or b.record_key is null
        order by number, unit_code
    """
    found: dict[str, list[str]] = {}
    for row in db.sql(sql).pl().to_dicts():
        taken_back = ", not applied any more" if row["is_gone"] else ""
        told = f"adjustment {row['number']}: {row['kind']} {row['target']}, granted by {row['decided_by']}{taken_back}"
        found.setdefault(row["unit_code"], []).append(told)
    return found


def _by_unit(cases: list[dict[str, Any]], parents: Mapping[str, str | None]) -> dict[str, str]:
    """For each unit that a moved case counts or counted for, ancestors among them: how many came, left, changed."""
    counts: dict[str, dict[str, int]] = {}
    for case in cases:
        own = {case["unit_code"], case["area_code"], case["unit_before"], case["area_before"]}
        for unit in {above for each in own for above in _upwards(each, parents)}:
            mine = counts.setdefault(unit, {})
            mine[case["change"]] = mine.get(case["change"], 0) + 1
    return {unit: _in_words(mine) for unit, mine in counts.items()}


def _upwards(unit: str | None, parents: Mapping[str, str | None]) -> Iterator[str]:
    while unit is not None:
        yield unit
        unit = parents.get(unit)


def _in_words(counts: dict[str, int]) -> str:
    return "cases: " + ", ".join(
        f"{counts[change]} {change}" for change in ("came", "left", "changed") if change in counts
    )


def _causes(old: Publication, new: Publication, cases: list[dict[str, Any]]) -> list[str]:
    causes = []
    totals: dict[str, int] = {}
    for case in cases:
        totals[case["change"]] = totals.get(case["change"], 0) + 1
    if totals:
        causes.append(_in_words(totals))
    for key, what in (("scheme_versions", "schemes"), ("code_version", "program"), ("as_of", "as-of moment")):
        if old.manifest[key] != new.manifest[key]:
            causes.append(f"{what}: {old.manifest[key] or 'none'} → {new.manifest[key] or 'none'}")
    return causes


def _columns(db: Any, mart: str, publication: Publication) -> set[str]:
    return {row[0] for row in db.execute(f"describe select * from {_file(mart, publication)}").fetchall()}


def _file(mart: str, publication: Publication) -> str:
    return f"read_parquet({quoted(publication.folder / f'{mart}.parquet')})"
