"""What follows from scores and ranks: awards, funds moved, bonds, payment, lists, consequences."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, model_validator

from pipelines.city.models import Label
from pipelines.city.strict import Exact, Strict

Yuan = Annotated[Exact, Field(max_digits=14, decimal_places=2)]
FROM_END = {"last": 1, "second_last": 2, "third_last": 3}


def _places(given: Any) -> Any:
    """YAML's 1, 2, last → (place, counted from the end)."""
    if not isinstance(given, dict) or not given:
        raise ValueError("an award table gives yuan by rank: {1: 30000, 2: 20000, last: -10000}")
    for key in given:
        if str(key) not in FROM_END and not (str(key).isdigit() and int(key) > 0):
            raise ValueError(f"{key!r} is no place: use 1, 2, 3 … or {', '.join(FROM_END)}")
    return {str(key): value for key, value in given.items()}


Places = Annotated[dict[str, Yuan], BeforeValidator(_places)]


class SizedTable(Strict):
    """An award table for groups of a certain size."""

    group_size_from: StrictInt = Field(1, ge=1)
    group_size_to: StrictInt | None = Field(None, ge=1)
    gives: Places


def _tables(given: Any) -> Any:
    return given if isinstance(given, list) else [{"gives": given}]


Tables = Annotated[tuple[SizedTable, ...], BeforeValidator(_tables)]


class Funds(Strict):
    """Yuan that the last units lose (from the last upwards) and the first units gain; equal scores share evenly."""

    takes: tuple[Yuan, ...] = Field(min_length=1)
    gives: tuple[Yuan, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def balanced(self) -> Funds:
        if sum(self.takes) != sum(self.gives):
            raise ValueError(f"what is taken ({sum(self.takes)}) is not what is given ({sum(self.gives)})")
        if any(amount <= 0 for amount in (*self.takes, *self.gives)):
            raise ValueError("the amounts of takes and gives are above 0")
        return self


class Bond(Strict):
    """What becomes of a bond under one grade, as shares of it."""

    returned: Exact = Field(ge=0, le=1, decimal_places=4)
    rewarded: Exact = Field(Decimal(0), ge=0, le=1, decimal_places=4)


class Tier(Strict):
    from_: Exact = Field(alias="from", ge=0, decimal_places=4)
    pays: Exact = Field(ge=0, le=2, decimal_places=4)


class Payment(Strict):
    """The share of the monthly fee by score, and yuan off for each point below the pass mark. A contract that holds for
    a part of the month is paid by its days, or in ``full``.
    """

    tiers: tuple[Tier, ...] = Field(min_length=1)
    otherwise: Exact = Field(ge=0, le=1, decimal_places=4)
    pass_mark: Exact | None = Field(None, ge=0, decimal_places=4)
    yuan_per_point: Yuan = Field(Decimal(0), ge=0)
    part_month: Literal["by_day", "full"] = "by_day"

    @model_validator(mode="after")
    def falling(self) -> Payment:
        if any(later.from_ >= earlier.from_ for earlier, later in pairwise(self.tiers)):
            raise ValueError("the tiers stand in falling order of their scores")
        if self.yuan_per_point and self.pass_mark is None:
            raise ValueError("yuan_per_point needs pass_mark: points below what?")
        return self


class When(Strict):
    """Among the last ``among_last`` of the group, at least ``times`` times in a calendar year; or in ``grade``."""

    among_last: StrictInt | None = Field(None, ge=1)
    times: StrictInt = Field(1, ge=1)
    grade: str | None = None

    @model_validator(mode="after")
    def one_ground(self) -> When:
        if (self.among_last is None) == (self.grade is None):
            raise ValueError("a consequence follows from exactly one of among_last and grade")
        return self


class Consequence(Strict):
    consequence: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    when: When


class Listed(Strict):
    """So many first or last units, of each group or of all."""

    first: StrictInt | None = Field(None, ge=1)
    last: StrictInt | None = Field(None, ge=1)
    of: Literal["group", "all"] = "group"

    @model_validator(mode="after")
    def one_end(self) -> Listed:
        if (self.first is None) == (self.last is None):
            raise ValueError("a list names exactly one of first and last")
        return self
