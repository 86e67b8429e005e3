"""Periods: their names, days and as-of moments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pipelines.errors import UsageError

LAST_SECOND = time(23, 59, 59)
ORDER = ("day", "week", "month", "quarter", "half_year", "year")
_PATTERNS = {
    "day": re.compile(r"(\d{4})-(\d{2})-(\d{2})$"),
    "week": re.compile(r"(\d{4})-W(\d{2})$"),
    "month": re.compile(r"(\d{4})-(\d{2})$"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])$"),
    "half_year": re.compile(r"(\d{4})-H([12])$"),
    "year": re.compile(r"(\d{4})$"),
}


@dataclass(frozen=True)
class Period:
    """A named stretch of whole days, both ends included; weeks are ISO weeks."""

    name: str
    kind: str
    starts_on: date
    ends_on: date

    @property
    def ends_at(self) -> datetime:
        """Its last second, local time."""
        return datetime.combine(self.ends_on, LAST_SECOND)

    @property
    def label_zh(self) -> str:
        year = self.name[:4]
        if self.kind == "day":
            return f"{self.starts_on.year}年{self.starts_on.month}月{self.starts_on.day}日"
        if self.kind == "week":
            return f"{year}年第{int(self.name[-2:])}周"
        if self.kind == "month":
            return f"{year}年{self.starts_on.month}月"
        if self.kind == "quarter":
            return f"{year}年第{'一二三四'[int(self.name[-1]) - 1]}季度"
        if self.kind == "half_year":
            return f"{year}年{'上' if self.name[-1] == '1' else '下'}半年"
        return f"{year}年"

    def previous(self) -> Period:
        """The period of the same kind just before."""
        return containing(self.kind, self.starts_on - timedelta(days=1))

    def year_before(self) -> Period | None:
        """The period of the same name a year earlier; a 29 February or a week 53 may have none."""
        try:
            return parse_period(f"{int(self.name[:4]) - 1:04d}{self.name[4:]}")
        except UsageError:
            return None


def _month_end(year: int, month: int) -> date:
    return (date(year + month // 12, month % 12 + 1, 1)) - timedelta(days=1)


def parse_period(name: str) -> Period:
    """The period called ``name`` (2026-10-05, 2026-W44, 2026-10, 2026-Q4, 2026-H2 or 2026); raises UsageError."""
    for kind, pattern in _PATTERNS.items():
        match = pattern.match(name)
        if match:
            year, *rest = (int(group) for group in match.groups())
            try:
                if kind == "week":
                    return containing("week", date.fromisocalendar(year, rest[0], 1))
                if kind == "day":
                    return containing("day", date(year, *rest))
                months_each = {"month": 1, "quarter": 3, "half_year": 6}.get(kind)
                return containing(kind, date(year, rest[0] * months_each if months_each else 1, 1))
            except ValueError as error:
                raise UsageError(
                    f"period {name!r} does not exist: {error}", "check the number after the year"
                ) from error
    raise UsageError(f"{name!r} is not a period", "write 2026-10-05, 2026-W44, 2026-10, 2026-Q4, 2026-H2 or 2026")


def parse_as_of(text: str) -> datetime:
    """``text``, such as 2026-10-31T23:59:59, as a moment in local time of the city; raises UsageError."""
    hint = "write local time of the city, such as 2026-10-31T23:59:59"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"as-of {text!r} is not a moment", hint) from error
    if moment.tzinfo is not None:
        raise UsageError(f"as-of {text!r} tells its offset from UTC", hint)
    return moment


def containing(kind: str, day: date) -> Period:
    """The period of ``kind`` that holds ``day``."""
    year, month = day.year, day.month
    if kind == "day":
        return Period(day.isoformat(), kind, day, day)
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        iso = day.isocalendar()
        return Period(f"{iso.year}-W{iso.week:02d}", kind, monday, monday + timedelta(days=6))
    if kind == "month":
        return Period(f"{year}-{month:02d}", kind, date(year, month, 1), _month_end(year, month))
    if kind == "quarter":
        last = (month - 1) // 3 * 3 + 3
        return Period(f"{year}-Q{last // 3}", kind, date(year, last - 2, 1), _month_end(year, last))
    if kind == "half_year":
        last = 6 if month <= 6 else 12
        return Period(f"{year}-H{last // 6}", kind, date(year, last - 5, 1), _month_end(year, last))
    return Period(f"{year}", "year", date(year, 1, 1), date(year, 12, 31))


def series(kind: str, first: date, last: date) -> Iterator[Period]:
    """The periods of ``kind`` from the one that holds ``first`` to the one that holds ``last``."""
    period = containing(kind, first)
    while period.starts_on <= last:
        yield period
        period = containing(kind, period.ends_on + timedelta(days=1))


def last_month_ended(as_of: datetime) -> Period:
    """The last month whose last second is not after ``as_of``: the period of a run that names none."""
    month = containing("month", as_of.date())
    return month if month.ends_at <= as_of else month.previous()
