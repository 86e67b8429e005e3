"""schemes/*.yaml: read, checked, and turned into the rule tables that the scoring models read."""

from __future__ import annotations

import hashlib
import itertools
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BeforeValidator, Field

from pipelines.city.folder import City
from pipelines.city.models import Label, PeriodType
from pipelines.city.strict import Strict
from pipelines.city.yaml_file import read_model
from pipelines.errors import UsageError


class AppliesTo(Strict):
    unit_kind: str
    period: PeriodType


class Rounding(Strict):
    """Decimals of each stage, half-up. An item keeps at most two, so that shared-out totals stay exact."""

    rate: int = Field(4, ge=2, le=6)
    item: int = Field(2, ge=1, le=2)
    total: int = Field(2, ge=1, le=4)


class Share(Strict):
    """``share: complement`` scores 1 − rate, for indicators where less is better."""

    share: Literal["rate", "complement"]


def _rule(value: Any) -> Any:
    return {"share": "rate"} if value == "share" else value


class Item(Strict):
    item: str
    title: Label
    indicator: str
    channel: Literal["hotline", "grid", "all"] | None = None
    full: Decimal = Field(gt=0)
    rule: Annotated[Share, BeforeValidator(_rule)]
    needs_at_least: int = Field(1, ge=1)
    otherwise: Literal["share_out", "not_ranked"] = "not_ranked"


class Scheme(Strict):
    """One scheme file: who is scored on what, from when to when."""

    scheme: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    source: str
    valid_from: date
    valid_to: date | None = None
    applies_to: AppliesTo
    compare_within: Literal["peer_group", "all"] = "peer_group"
    channel: Literal["hotline", "grid", "all"] = "all"
    rounding: Rounding = Rounding(rate=4, item=2, total=2)
    items: tuple[Item, ...] = Field(min_length=1)
    weights_need_not_add_up: bool = False
    grades: dict[str, Decimal] = Field(default_factory=dict)

    @property
    def version(self) -> str:
        """A short content hash: the same rules have the same version, any change makes another."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]


def load_schemes(city: City) -> list[Scheme]:
    """The city's schemes, checked. Raises UsageError naming file, key and reason."""
    schemes = []
    for path in sorted((city.folder / "schemes").glob("*.yaml")):
        scheme = read_model(path, Scheme)
        _check(path, scheme, city)
        schemes.append(scheme)
    _check_validity(city.folder / "schemes", schemes)
    return schemes


def _check(path: Path, scheme: Scheme, city: City) -> None:
    total = sum(item.full for item in scheme.items)
    if total != 100 and not scheme.weights_need_not_add_up:
        raise UsageError(
            f"{path}: items: the full marks add up to {total}, not 100",
            "correct them, or declare weights_need_not_add_up: true",
        )
    names = [item.item for item in scheme.items]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UsageError(f"{path}: items: {doubled[0]} is there twice", "give each item its own name")
    kinds = set(city.reference["units"]["unit_kind"])
    if scheme.applies_to.unit_kind not in kinds:
        raise UsageError(
            f"{path}: applies_to.unit_kind: no unit is a {scheme.applies_to.unit_kind!r}",
            f"use one of {', '.join(sorted(kinds))}",
        )
    if scheme.applies_to.period not in city.settings.periods:
        raise UsageError(
            f"{path}: applies_to.period: the city does not compute {scheme.applies_to.period}",
            "add it to periods in city.yaml",
        )
    for item in scheme.items:
        if not item.indicator.startswith(BY_PART) and item.indicator not in known_indicators():
            raise UsageError(
                f"{path}: items.{item.item}.indicator: {item.indicator!r} is not known",
                f"use one of {', '.join(sorted(known_indicators()))}, plan_completion_rate",
            )


# followed by _ and an operation measure, an inspected item or a question
BY_PART = ("plan_completion_rate", "inspection_score_rate", "survey_satisfaction_rate", "survey_dont_know_rate")


def known_indicators() -> set[str]:
    """Codes of the registry (dbt_project/seeds/indicators.csv)."""
    from pipelines.settings import REPO  # noqa: PLC0415 keeps the seed's place in one function

    return set(pl.read_csv(REPO / "dbt_project" / "seeds" / "indicators.csv", infer_schema=False)["indicator"])


def _check_validity(folder: Path, schemes: list[Scheme]) -> None:
    by_name: dict[str, list[Scheme]] = {}
    for scheme in schemes:
        by_name.setdefault(scheme.scheme, []).append(scheme)
    for name, versions in by_name.items():
        versions.sort(key=lambda scheme: scheme.valid_from)
        for earlier, later in itertools.pairwise(versions):
            if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                raise UsageError(
                    f"{folder}: two versions of {name} are valid on {later.valid_from}",
                    "end the earlier one with valid_to the day before",
                )
            if earlier.valid_to + timedelta(days=1) < later.valid_from:
                raise UsageError(
                    f"{folder}: no version of {name} is valid between {earlier.valid_to} and {later.valid_from}",
                    "close the gap",
                )


def rule_tables(schemes: list[Scheme]) -> dict[str, pl.DataFrame]:
    """The rule tables: schemes, scheme_items, scheme_grades (see the stg_ models of the same names)."""
    heads: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    grades: list[dict[str, Any]] = []
    for scheme in schemes:
        key: dict[str, Any] = {"scheme": scheme.scheme, "scheme_version": scheme.version}
        heads.append(
            key
            | {
                "title_zh": scheme.title.zh,
                "title_en": scheme.title.en,
                "decided_by": scheme.source,
                "valid_from": scheme.valid_from,
                "valid_to": scheme.valid_to,
                "unit_kind": scheme.applies_to.unit_kind,
                "period_type": scheme.applies_to.period,
                "compare_within": scheme.compare_within,
                "rate_decimals": scheme.rounding.rate,
                "item_decimals": scheme.rounding.item,
                "total_decimals": scheme.rounding.total,
            }
        )
        for order, item in enumerate(scheme.items, 1):
            items.append(
                key
                | {
                    "item": item.item,
                    "item_order": order,
                    "item_zh": item.title.zh,
                    "item_en": item.title.en,
                    "indicator": item.indicator,
                    "channel": item.channel or scheme.channel,
                    "full_marks": item.full,
                    "rule": "share",
                    "is_complement": item.rule.share == "complement",
                    "needs_at_least": item.needs_at_least,
                    "otherwise": item.otherwise,
                }
            )
        ordered = sorted(scheme.grades.items(), key=lambda pair: -pair[1])
        grades += [
            key | {"grade": grade, "grade_order": order, "from_score": score}
            for order, (grade, score) in enumerate(ordered, 1)
        ]
    text, day, whole, marks = pl.String, pl.Date, pl.Int64, pl.Decimal(9, 2)
    key_schema = {"scheme": text, "scheme_version": text}
    return {
        "schemes": pl.DataFrame(
            heads,
            schema=key_schema
            | {"title_zh": text, "title_en": text, "decided_by": text, "valid_from": day, "valid_to": day}
            | {"unit_kind": text, "period_type": text, "compare_within": text}
            | {"rate_decimals": whole, "item_decimals": whole, "total_decimals": whole},
        ),
        "scheme_items": pl.DataFrame(
            items,
            schema=key_schema
            | {"item": text, "item_order": whole, "item_zh": text, "item_en": text, "indicator": text, "channel": text}
            | {
                "full_marks": marks,
                "rule": text,
                "is_complement": pl.Boolean,
                "needs_at_least": whole,
                "otherwise": text,
            },
        ),
        "scheme_grades": pl.DataFrame(
            grades, schema=key_schema | {"grade": text, "grade_order": whole, "from_score": marks}
        ),
    }
