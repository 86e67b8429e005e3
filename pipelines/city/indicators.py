"""The shape of indicators.yaml: a city's own measures, and its named definitions of indicators."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from pipelines.city.models import Label
from pipelines.city.strict import Strict
from pipelines.city.times import Day

CODE = r"^[a-z][a-z0-9_]*$"
Answers = tuple[str, ...]


class CityMeasure(Strict):
    """A count that only this city has, most often one that arrives already counted."""

    measure: str = Field(pattern=CODE)
    title: Label
    parts: Answers = ()  # measures that add up to it


class AllBut(Strict):
    """Every answer of the denominator but these."""

    all_but: Answers = Field(min_length=1)


class AnswerRule(Strict):
    """Which raw answers stand in the numerator and which in the denominator."""

    of: Literal["case", "own_callback", "province_callback", "any_callback"] = "case"
    numerator: Answers | AllBut
    denominator: Answers | Literal["every_answer", "every_closed_case"]

    @model_validator(mode="after")
    def numerator_is_part_of_denominator(self) -> AnswerRule:
        if isinstance(self.denominator, tuple):
            named = self.numerator.all_but if isinstance(self.numerator, AllBut) else self.numerator
            outside = [answer for answer in named if answer not in self.denominator]
            if outside:
                raise ValueError(f"{', '.join(outside)} is in the numerator, not in the denominator; add it there")
        return self


class CityIndicator(Strict):
    """One definition under a code of its own: a variant of a standard indicator, or one measure over another."""

    indicator: str = Field(pattern=CODE)
    title: Label
    definition: Label
    valid_from: Day
    valid_to: Day | None = None
    standard: str = ""
    # a variant of a standard indicator
    variant_of: str | None = None
    answers: AnswerRule | None = None  # satisfaction and resolution
    intake: Answers = ()  # only cases that came in these ways
    leaves_out: Answers = ()  # kinds of suspension that take a case out altogether, ended or not
    deadline: Literal["given", "computed"] | None = None  # whose deadline counts
    counts: Literal["times", "cases"] | None = None  # rework and extensions: how often, or how many cases
    # one measure over another
    numerator: str | None = None
    denominator: str | None = None
    kind: Literal["share", "ratio"] | None = None  # a share is a part of its denominator
    direction: Literal["up", "down"] | None = None  # which way is better

    @model_validator(mode="after")
    def is_one_of_two_kinds(self) -> CityIndicator:
        over = [key for key in ("numerator", "denominator", "kind", "direction") if getattr(self, key) is not None]
        if self.variant_of is None and len(over) < 4:
            raise ValueError("give variant_of (a standard indicator), or numerator, denominator, kind and direction")
        if self.variant_of is not None and over:
            raise ValueError(f"a variant takes {', '.join(over)} from {self.variant_of}; remove one of the two")
        return self


class IndicatorFile(Strict):
    """indicators.yaml."""

    measures: tuple[CityMeasure, ...] = ()
    indicators: tuple[CityIndicator, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(each.indicator for each in self.indicators)

    @property
    def measure_codes(self) -> frozenset[str]:
        return frozenset(each.measure for each in self.measures)
