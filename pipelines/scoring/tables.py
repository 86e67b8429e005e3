"""The rule tables that the scoring models read, made from checked schemes (see the stg_ models of the same names)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from pipelines.scoring.check import levels_of
from pipelines.scoring.outcome_tables import outcome_tables
from pipelines.scoring.rules import PerEvent
from pipelines.scoring.scheme import Item, Scheme

TEXT, DAY, WHOLE, FLAG, MARKS, POINTS = pl.String, pl.Date, pl.Int64, pl.Boolean, pl.Decimal(9, 2), pl.Decimal(12, 4)
KEY = {"scheme": TEXT, "scheme_version": TEXT}
ITEM = KEY | {"item": TEXT}
SCHEMAS: dict[str, dict[str, Any]] = {
    "schemes": KEY
    | {"title_zh": TEXT, "title_en": TEXT, "decided_by": TEXT, "valid_from": DAY, "valid_to": DAY}
    | {
        "unit_kind": TEXT,
        "only_group": TEXT,
        "period_type": TEXT,
        "compare_within": TEXT,
        "is_lowest_best": FLAG,
        "level": WHOLE,
    }
    | {"rate_decimals": WHOLE, "item_decimals": WHOLE, "total_decimals": WHOLE}
    | {"bonus_cap": POINTS, "penalty_cap": POINTS},
    "scheme_items": ITEM
    | {"part": TEXT, "item_order": WHOLE, "item_zh": TEXT, "item_en": TEXT, "source_kind": TEXT, "source_name": TEXT}
    | {"over": TEXT, "channel": TEXT, "full_marks": MARKS, "rule": TEXT, "target": pl.Decimal(18, 4)}
    | {"none_counts_as": WHOLE, "needs_evidence": TEXT, "needs_at_least": WHOLE, "otherwise": TEXT},
    "scheme_pieces": ITEM
    | {"piece": WHOLE, "low_n": WHOLE, "low_d": WHOLE, "high_n": WHOLE, "high_d": WHOLE, "is_closed_below": FLAG}
    | {"intercept_n": WHOLE, "intercept_d": WHOLE, "slope_n": WHOLE, "slope_d": WHOLE},
    "scheme_event_tiers": ITEM | {"from_nth": WHOLE, "adds": POINTS},
    "scheme_absences": ITEM | {"period": TEXT},
    "scheme_grades": KEY | {"grade": TEXT, "grade_order": WHOLE, "from_score": MARKS},
}


def rule_tables(schemes: list[Scheme]) -> dict[str, pl.DataFrame]:
    """Every rule table by name."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    levels = levels_of(schemes)
    for scheme in schemes:
        key: dict[str, Any] = {"scheme": scheme.scheme, "scheme_version": scheme.version}
        rows["schemes"].append(key | _head(scheme) | {"level": levels[scheme.scheme]})
        for order, (part, _, item) in enumerate(scheme.parts, 1):
            at = key | {"item": item.item}
            rows["scheme_items"].append(at | _item(scheme, item) | {"part": part, "item_order": order})
            rows["scheme_pieces"] += [at | piece for piece in _pieces(item)]
            rows["scheme_absences"] += [at | {"period": period} for period in item.not_held]
            if isinstance(item.rule, PerEvent):
                rows["scheme_event_tiers"] += [
                    at | {"from_nth": nth, "adds": adds} for nth, adds in item.rule.per_event.tiers
                ]
        ordered = sorted(scheme.grades.items(), key=lambda pair: -pair[1])
        rows["scheme_grades"] += [
            key | {"grade": grade, "grade_order": order, "from_score": score}
            for order, (grade, score) in enumerate(ordered, 1)
        ]
    made = {name: pl.DataFrame(rows[name], schema=schema) for name, schema in SCHEMAS.items()}
    return made | outcome_tables(schemes)


def _head(scheme: Scheme) -> dict[str, Any]:
    return {
        "title_zh": scheme.title.zh,
        "title_en": scheme.title.en,
        "decided_by": scheme.source,
        "valid_from": scheme.valid_from,
        "valid_to": scheme.valid_to,
        "unit_kind": scheme.applies_to.unit_kind,
        "only_group": scheme.applies_to.peer_group,
        "period_type": scheme.applies_to.period,
        "compare_within": scheme.compare_within,
        "is_lowest_best": scheme.best == "lowest",
        "rate_decimals": scheme.rounding.rate,
        "item_decimals": scheme.rounding.item,
        "total_decimals": scheme.rounding.total,
        "bonus_cap": scheme.bonus.cap,
        "penalty_cap": scheme.penalty.cap,
    }


def _item(scheme: Scheme, item: Item) -> dict[str, Any]:
    kind, name = item.source
    return {
        "item_zh": item.title.zh,
        "item_en": item.title.en,
        "source_kind": kind,
        "source_name": name,
        "over": item.over,
        "channel": item.channel or scheme.channel,
        "full_marks": item.full,
        "rule": next(iter(type(item.rule).model_fields)),
        "target": _target(item),
        "none_counts_as": item.none_counts_as,
        "needs_evidence": item.needs_evidence,
        "needs_at_least": item.needs_at_least,
        "otherwise": item.otherwise,
    }


def _target(item: Item) -> Decimal | None:
    slope = getattr(item.rule, "ramp", None)
    return getattr(slope, "target", None)


def _pieces(item: Item) -> list[dict[str, Any]]:
    def pair(name: str, value: Fraction | None) -> dict[str, int | None]:
        return (
            {f"{name}_n": None, f"{name}_d": None}
            if value is None
            else dict(zip((f"{name}_n", f"{name}_d"), (value.numerator, value.denominator), strict=True))
        )

    return [
        {"piece": order, "is_closed_below": piece.closed_below}
        | pair("low", piece.low)
        | pair("high", piece.high)
        | pair("intercept", piece.intercept)
        | pair("slope", piece.slope)
        for order, piece in enumerate(item.rule.pieces(item.full), 1)
    ]
