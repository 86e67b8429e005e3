"""Indicators and measures of one part of what a city delivers: a kind of work, an inspected item, a question."""

from __future__ import annotations

from collections.abc import Iterator

from pipelines.city.folder import City
from pipelines.city.mapping import ColumnMap

WORK, INSPECTED, ASKED = ("operations", "measure"), ("inspection_scores", "item_code"), ("responses", "question_code")
FAMILIES = {  # indicator or measure → first words of its codes → contract and column that name the part
    "indicator": {
        "plan_completion_rate": WORK,
        "inspection_score_rate": INSPECTED,
        "survey_satisfaction_rate": ASKED,
        "survey_dont_know_rate": ASKED,
    },
    "measure": {"planned": WORK, "actual": WORK, "output": WORK},
}


def by_part(city: City, kind: str) -> set[str]:
    """Every code of ``kind`` (indicator, measure) of one part that the city's sources name."""
    return {
        f"{family}_{part}"
        for family, where in FAMILIES[kind].items()
        for part in _parts(city, *where)
        if part is not None
    } | ({"plan_completion_rate"} if kind == "indicator" else set())


def is_of_a_part(city: City, kind: str, code: str) -> bool:
    """Whether ``code`` is one of them; where a source takes the part from the file as it stands, any part may be."""
    if code in by_part(city, kind):
        return True
    return any(code.startswith(f"{name}_") and None in _parts(city, *where) for name, where in FAMILIES[kind].items())


def _parts(city: City, contract: str, column: str) -> set[str | None]:
    """The values of ``column`` that the sources of ``contract`` name; None where one leaves them to its files."""
    found: set[str | None] = set()
    for source in city.sources.values():
        if source.contract == "reported_counts" and contract == WORK[0]:
            found.add(None)  # figures that arrive counted may be of any measure
        if source.contract == contract:
            readings = [source.columns.get(column), *(layout.columns.get(column) for layout in source.layouts)]
            found |= {part for reading in readings if reading is not None for part in _named(reading)}
    return found


def _named(reading: ColumnMap) -> Iterator[str | None]:
    for each in (reading, *reading.repairs):
        if each.value is not None:
            yield str(each.value)
        elif each.map is None:
            yield None
        else:
            yield from (str(value) for value in each.map.values() if value is not None)
    if reading.otherwise == "keep":
        yield None
