"""What an indicators.yaml may not say although it has the right form, each with its line."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pipelines.city.hints import nearest
from pipelines.city.indicators import CityIndicator, IndicatorFile
from pipelines.city.yaml_file import Document
from pipelines.registry import known

# What may be changed of each standard indicator.
SETTLED = frozenset({"intake", "leaves_out", "deadline"})
VARIES = {
    "satisfaction_rate": frozenset({"answers", "intake"}),
    "resolution_rate": frozenset({"answers", "intake"}),
    "closure_rate": SETTLED,
    "on_time_closure_rate": SETTLED,
    "overdue_closure_rate": SETTLED,
    "overdue_open_rate": SETTLED,
    "rework_rate": SETTLED | {"counts"},
    "extension_rate": SETTLED | {"counts"},
}
OPTIONS = ("answers", "intake", "leaves_out", "deadline", "counts")
BY_PART = ("planned_", "actual_", "output_")  # measures by kind of work, named by the city's files


def indicator_problems(document: Document, file: IndicatorFile) -> Iterator[str]:
    """Every mistake of ``file``: codes taken or used twice, unknown names, settings that do not fit."""
    for at, own in enumerate(file.measures):
        if own.measure in known("measures"):
            place = document.place("measures", at, "measure")
            yield f"{place}: {own.measure!r} is a standard measure; take another code"
        for part in own.parts:
            if part not in known("measures") | file.measure_codes:
                hint = nearest(part, known("measures") | file.measure_codes) or "; add it to measures with a title"
                yield f"{document.place('measures', at, 'parts')}: {part!r} is no measure{hint}"
    for at, each in enumerate(file.indicators):
        if each.indicator in known("indicators"):
            place = document.place("indicators", at, "indicator")
            yield f"{place}: {each.indicator!r} is a standard indicator, one code is one definition; take another code"
        if each.valid_to is not None and each.valid_to < each.valid_from:
            place = document.place("indicators", at, "valid_to")
            yield f"{place}: it ends before it begins; correct one of the two days"
        yield from _variant(document, at, each) if each.variant_of else _ratio(document, at, each, file)
    yield from _twice(document, file)


def _variant(document: Document, at: int, each: CityIndicator) -> Iterator[str]:
    base = each.variant_of or ""
    if base not in VARIES:
        place = document.place("indicators", at, "variant_of")
        yield f"{place}: {base!r} has no variants{nearest(base, VARIES)}; use one of {', '.join(sorted(VARIES))}"
        return
    given = {key for key in OPTIONS if getattr(each, key) not in (None, ())}
    for key in sorted(given - VARIES[base]):
        place = document.place("indicators", at, key)
        yield f"{place}: it does not apply to {base}, which takes {', '.join(sorted(VARIES[base]))}"
    if not given:
        place = document.place("indicators", at)
        yield f"{place}: it says nothing that differs from {base}; give one of {', '.join(sorted(VARIES[base]))}"


def _ratio(document: Document, at: int, each: CityIndicator, file: IndicatorFile) -> Iterator[str]:
    codes = known("measures") | file.measure_codes
    for key in ("numerator", "denominator"):
        name = getattr(each, key)
        if name not in codes and not name.startswith(BY_PART):
            hint = nearest(name, codes) or "; add it to measures with a title"
            yield f"{document.place('indicators', at, key)}: {name!r} is no measure{hint}"
    for key in OPTIONS:
        if getattr(each, key) not in (None, ()):
            yield f"{document.place('indicators', at, key)}: it applies to variants only; remove it, or give variant_of"


def _twice(document: Document, file: IndicatorFile) -> Iterator[str]:
    """One code is one definition, of a measure as of an indicator."""
    for (_, a), (at, b) in itertools.combinations(enumerate(file.measures), 2):
        if a.measure == b.measure:
            yield f"{document.place('measures', at, 'measure')}: {b.measure!r} is there twice; remove one"
    for (_, c), (at, d) in itertools.combinations(enumerate(file.indicators), 2):
        if c.indicator == d.indicator:
            place = document.place("indicators", at, "indicator")
            yield f"{place}: {d.indicator!r} is there twice, and one code is one definition; take another code"
