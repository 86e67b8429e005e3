"""Which rows are meant: the ``rows`` keys of a rule file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from pipelines.audit.numbers import number
from pipelines.city.patterns import Pattern
from pipelines.city.strict import Strict


def _text(value: Any) -> Any:
    if isinstance(value, (date, int, float)) and not isinstance(value, bool):
        return str(value)
    return value


Text = Annotated[str, BeforeValidator(_text)]
BETWEEN = {"from", "to", "not", "matches", "blank"}


class Condition(Strict):
    """What a cell must be: one of some texts, between two values (both included), not some texts, or like a pattern.

    ``from`` and ``to`` compare as numbers where both sides are numbers, else as texts, as which months like 2022-08
    are in order.
    """

    one_of: tuple[Text, ...] = ()
    from_: Text | None = Field(default=None, alias="from")
    to: Text | None = None
    not_: tuple[Text, ...] = Field(default=(), alias="not")
    matches: Pattern | None = None
    blank: StrictBool | None = None

    @model_validator(mode="before")
    @classmethod
    def short_form(cls, value: Any) -> Any:
        if isinstance(value, dict):
            if "not" in value and not isinstance(value["not"], list):
                return {**value, "not": [value["not"]]}
            return value
        return {"one_of": value if isinstance(value, list) else [value]}

    def holds(self, cell: str) -> bool:
        """True if ``cell`` (text, its ends stripped) meets all that is asked."""
        if self.one_of and not any(same(cell, value) for value in self.one_of):
            return False
        if any(same(cell, value) for value in self.not_):
            return False
        if self.matches is not None and re.search(self.matches, cell) is None:
            return False
        if self.blank is not None and self.blank != (cell == ""):
            return False
        if self.from_ is not None and not _in_order(self.from_, cell):
            return False
        return self.to is None or _in_order(cell, self.to)


Rows = dict[str, Condition]


def same(cell: str, value: str) -> bool:
    """Equal as texts, or as numbers."""
    if cell == value.strip():
        return True
    left, right = number(cell), number(value)
    return left is not None and left == right


def hold(rows: Rows, cells: Mapping[str, str]) -> bool:
    """True if the row with ``cells`` meets every condition of ``rows``; no condition is met by every row."""
    return all(condition.holds(cells[column]) for column, condition in rows.items())


def _in_order(low: str, high: str) -> bool:
    left, right = number(low), number(high)
    if left is not None and right is not None:
        return left <= right
    return low != "" and high != "" and low <= high
