"""Reading printed numbers exactly."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

PRINTED = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.(\d+))?")


@dataclass(frozen=True)
class Printed:
    """A printed number: its exact value, how many decimals were printed, and whether a per cent sign follows it.

    The value is that of the digits: 93.72 % is 93.72.
    """

    value: Fraction
    decimals: int
    is_percent: bool = False


def printed(text: str) -> Printed | None:
    """``text`` as a number, full-width digits, thousands commas and ``%`` read too; None if it is none."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("–", "-")
    is_percent = plain.endswith("%")
    plain = plain.removesuffix("%").strip()
    match = PRINTED.fullmatch(plain)
    if match is None or not any(character.isdigit() for character in plain):
        return None
    return Printed(Fraction(plain.replace(",", "")), len(match[1] or ""), is_percent)


def number(text: str) -> Fraction | None:
    """The value of a printed number; None if ``text`` is none."""
    found = printed(text)
    return None if found is None else found.value


def shown(value: Fraction, decimals: int | None = None) -> str:
    """``value`` with ``decimals`` decimals, which must be enough for it; else with as many as it needs, at most six."""
    if decimals is None:
        decimals = next((d for d in range(7) if (value * 10**d).denominator == 1), 6)
    steps = round(value * 10**decimals)
    sign, digits = ("-" if steps < 0 else ""), str(abs(steps)).rjust(decimals + 1, "0")
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)
