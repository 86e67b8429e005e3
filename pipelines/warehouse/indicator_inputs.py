"""A city's own measures and definitions of indicators as the tables that the models read."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.city.indicators import AllBut, CityIndicator, IndicatorFile
from pipelines.registry import registry

TEXT, DAY, FLAG = pl.String, pl.Date, pl.Boolean
SCHEMAS: dict[str, dict[str, Any]] = {
    "city_measures": {"measure": TEXT, "measure_zh": TEXT, "measure_en": TEXT, "time_filter": TEXT},
    "city_measure_parts": {"measure": TEXT, "part": TEXT},
    "city_indicators": {"indicator": TEXT, "indicator_zh": TEXT, "indicator_en": TEXT}
    | {"numerator_measure": TEXT, "denominator_measure": TEXT, "time_filter": TEXT, "direction": TEXT}
    | {"definition_zh": TEXT, "definition_en": TEXT, "standard": TEXT, "kind": TEXT, "needs_recorded": TEXT}
    | {"valid_from": DAY, "valid_to": DAY},
    "indicator_variants": {"indicator": TEXT, "variant_of": TEXT, "answers_of": TEXT, "numerator_answers": TEXT}
    | {"denominator_answers": TEXT, "deadline": TEXT, "is_counted_by_case": FLAG}
    | {"has_intake": FLAG},
    # what a variant lists: answers of the numerator, of the denominator, ways of intake, kinds of suspension
    "indicator_variant_values": {"indicator": TEXT, "list_name": TEXT, "value": TEXT},
}


def indicator_tables(file: IndicatorFile) -> dict[str, pl.DataFrame]:
    """Every table by name; without an indicators.yaml all are empty."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for own in file.measures:
        rows["city_measures"].append(_measure(own.measure, own.title.zh, own.title.en, "period"))
        rows["city_measure_parts"] += [{"measure": own.measure, "part": part} for part in dict.fromkeys(own.parts)]
    for each in file.indicators:
        if each.variant_of is None:
            rows["city_indicators"].append(_indicator(each, "period"))
            continue
        base = registry("indicators").row(by_predicate=pl.col("indicator") == each.variant_of, named=True)
        rows["city_indicators"].append(_indicator(each, base["time_filter"], base))
        for side, zh, en in (("numerator", "分子", "numerator"), ("denominator", "分母", "denominator")):
            label = _measure(
                f"{each.indicator}_{side}", f"{each.title.zh}（{zh}）", f"{each.title.en} ({en})", base["time_filter"]
            )
            rows["city_measures"].append(label)
        rows["indicator_variants"].append(_variant(each))
        rows["indicator_variant_values"] += _values(each)
    return {name: pl.DataFrame(rows[name], schema=schema) for name, schema in SCHEMAS.items()}


def _measure(code: str, zh: str, en: str, time_filter: str) -> dict[str, Any]:
    return {"measure": code, "measure_zh": zh, "measure_en": en, "time_filter": time_filter}


def _indicator(each: CityIndicator, time_filter: str, base: dict[str, Any] | None = None) -> dict[str, Any]:
    """The row of ``each``; a variant has measures of its own and takes kind and direction from its ``base``."""
    own = each.indicator if base else None
    by_case = each.counts == "cases"
    return {
        "indicator": each.indicator,
        "indicator_zh": each.title.zh,
        "indicator_en": each.title.en,
        "numerator_measure": f"{own}_numerator" if own else each.numerator,
        "denominator_measure": f"{own}_denominator" if own else each.denominator,
        "time_filter": time_filter,
        "direction": base["direction"] if base else each.direction,
        "definition_zh": each.definition.zh,
        "definition_en": each.definition.en,
        "standard": each.standard,
        "kind": "share" if by_case else base["kind"] if base else each.kind,
        "needs_recorded": (base["needs_recorded"] or None) if base else None,
        "valid_from": each.valid_from,
        "valid_to": each.valid_to,
    }


def _variant(each: CityIndicator) -> dict[str, Any]:
    answers = each.answers
    denominator = None if answers is None else answers.denominator
    numerator = None if answers is None else "all_but" if isinstance(answers.numerator, AllBut) else "listed"
    return {
        "indicator": each.indicator,
        "variant_of": each.variant_of,
        "answers_of": answers.of if answers else "case",
        "numerator_answers": numerator,
        "denominator_answers": "listed" if isinstance(denominator, tuple) else denominator,
        "deadline": each.deadline,
        "is_counted_by_case": each.counts == "cases",
        "has_intake": bool(each.intake),
    }


def _values(each: CityIndicator) -> list[dict[str, Any]]:
    lists: dict[str, tuple[str, ...]] = {"intake": each.intake, "leaves_out": each.leaves_out}
    if each.answers is not None:
        over, under = each.answers.numerator, each.answers.denominator
        lists["numerator"] = over.all_but if isinstance(over, AllBut) else over
        lists["denominator"] = under if isinstance(under, tuple) else ()
    return [
        {"indicator": each.indicator, "list_name": name, "value": value}
        for name, values in lists.items()
        for value in dict.fromkeys(values)
    ]
