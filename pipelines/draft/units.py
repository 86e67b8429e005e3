"""The units and categories that the samples name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from pipelines.draft.columns import Draft, safe_values
from pipelines.draft.match import is_personal_header

KINDS = {
    ("operations", "unit_code"): "contractor",
    ("contracts", "unit_code"): "contractor",
    ("positions", "unit_code"): "contractor",
    ("inspection_scores", "unit_code"): "district",
}
UNIT_COLUMNS = ("unit_code", "from_unit_code", "to_unit_code", "split_unit_code", "area_code")
MOST_UNITS = 5_000


@dataclass(frozen=True)
class Unit:
    code: str
    name_zh: str
    name_en: str
    kind: str
    parent: str = "city"
    is_ranked: bool = True


def values(draft: Draft, column: str) -> list[str]:
    """The distinct codes that ``column`` of ``draft`` gives over the whole sample, as the door would read them."""
    entry = draft.columns.get(column)
    if entry is None:
        return []
    spec = entry.spec if isinstance(entry.spec, dict) else {"column": entry.spec}
    frame = draft.sample.frame
    if "key_of" in spec:
        return []
    if "value" in spec:
        return [str(spec["value"])]
    if "columns" in spec:
        text = pl.concat_str([pl.col(h) for h in spec["columns"]], separator=spec.get("join", " "))
    else:
        if is_personal_header(spec["column"]):
            return []
        text = pl.col(spec["column"])
    if "extract" in spec:
        text = text.str.extract(spec["extract"])
    found = frame.select(text.alias("value"))["value"].drop_nulls().unique().sort().to_list()
    return [value for value in found if value not in spec.get("blank_if", ())]


def all_units(name: str, drafts: list[Draft]) -> tuple[list[Unit], int]:
    """The city, then every unit and area of ``drafts``; and how many values were left out for looking personal."""
    root = Unit("city", name, name, "city", "", is_ranked=False)
    found = {"city": root}
    left_out = 0
    for code, kind in _named(drafts):
        if code in found:
            continue
        if not safe_values([code]):
            left_out += 1
            continue
        found[code] = Unit(code, code, code, kind)
    return list(found.values()), left_out


def _named(drafts: list[Draft]) -> Iterator[tuple[str, str]]:
    for column in UNIT_COLUMNS:
        for draft in drafts:
            default = "district" if column == "area_code" else "department"
            for code in values(draft, column)[:MOST_UNITS]:
                yield code, KINDS.get((draft.contract.name, column), default)


def all_categories(drafts: list[Draft]) -> list[str]:
    """The distinct categories of ``drafts``; what looks like a person's data is left out."""
    found = [code for draft in drafts for code in values(draft, "category_code")]
    return list(dict.fromkeys(safe_values(found)))
