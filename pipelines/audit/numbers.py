"""Reading printed numbers exactly."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

PRINTED = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.(\d+))?")
SIGNS = {"%": 100, "‰": 1000}
UNIT_WORD = re.compile(r"(?<=[0-9])\s*(?:万?元|分|件|宗|起|次|个|条|户|人|天|名|处)$")


@dataclass(frozen=True)
class Printed:
    """A printed number: the value of its digits, how many decimals were printed, and what its sign divides it by (100
    for %, 1000 for ‰, else 1).
    """

    value: Fraction
    decimals: int
    per: int = 1


def printed(text: str) -> Printed | None:
    """``text`` as a number; None if it is none. Full-width digits, thousands commas, %, ‰ and a unit word after the
    digits (5000元) are read too.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("–", "-")
    per = SIGNS.get(plain[-1:], 1)
    plain = (plain[:-1] if per > 1 else UNIT_WORD.sub("", plain)).strip()
    match = PRINTED.fullmatch(plain)
    if match is None or not any(character.isdigit() for character in plain):
        return None
    return Printed(Fraction(plain.replace(",", "")), len(match[1] or ""), per)


def number(text: str) -> Fraction | None:
    """The value of a printed number, 93.72 % being 0.9372; None if ``text`` is none."""
    found = printed(text)
    return None if found is None else found.value / found.per


def shown(value: Fraction, decimals: int | None = None) -> str:
    """``value`` with ``decimals`` decimals, which must be enough for it; else with as many as it needs, at most six."""
    if decimals is None:
        decimals = next((d for d in range(7) if (value * 10**d).denominator == 1), 6)
    steps = round(value * 10**decimals)
    sign, digits = ("-" if steps < 0 else ""), str(abs(steps)).rjust(decimals + 1, "0")
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)
