"""What is said of one published cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from pipelines.audit.numbers import printed, shown


@dataclass(frozen=True)
class Judgement:
    """Right; wrong, with the right text (None: nothing should stand there); or skipped. ``why`` in words."""

    state: Literal["right", "wrong", "skipped"]
    computed: str | None = None
    why: str = ""

    @classmethod
    def right(cls) -> Judgement:
        return cls("right")

    @classmethod
    def wrong(cls, computed: str | None, why: str) -> Judgement:
        return cls("wrong", computed, why)

    @classmethod
    def skipped(cls, why: str) -> Judgement:
        return cls("skipped", None, why)


@dataclass(frozen=True)
class Judged:
    """The judgement of the cell ``column`` of the row at position ``index`` (from 0)."""

    index: int
    column: str
    verdict: Judgement


def compare(cell: str, near: Fraction, exact: Fraction, tolerance: Fraction, decimals: int, words: str) -> Judgement:
    """``cell`` against ``near``, which is ``exact`` rounded to ``decimals``; within ``tolerance`` it is right."""
    found = printed(cell)
    if found is not None and abs(found.value - near) <= tolerance:
        return Judgement.right()
    own = 0 if found is None else found.decimals
    # in the cell's own decimals, unless these are too few for the value
    right = shown(near, own) if (near * 10**own).denominator == 1 else shown(near, decimals)
    digits = shown(exact)
    unrounded = "" if Fraction(digits) == near else f" (before rounding {digits})"
    stands = "nothing stands there" if cell == "" else f"{cell} stands there"
    return Judgement.wrong(right, f"{words}: {right}{unrounded}; {stands}")


def words_for(told: Mapping[str, Any]) -> str:
    """What a value was computed from: ``done 22, due 2258``."""
    parts = [f"{name} {shown(value)}" for name, value in told.items() if isinstance(value, Fraction)]
    return "from " + ", ".join(parts) if parts else "from the rule's own numbers"
