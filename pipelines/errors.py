"""Errors a user can cause. Each says what is wrong, where, and what to do; the command line prints them plainly."""

from __future__ import annotations


class CityevalError(Exception):
    """Base class. ``exit_code`` follows the command line's contract: 1 the data did not pass, 2 wrong use."""

    exit_code = 2

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what}\n  → {self.remedy}" if self.remedy else self.what


class UsageError(CityevalError):
    """The call, a city folder or a setting is wrong; nothing was run."""


class DataError(CityevalError):
    """The data did not pass a check; nothing was published."""

    exit_code = 1
