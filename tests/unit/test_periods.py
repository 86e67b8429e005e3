"""Names, days and as-of moments of periods; expected values from the calendar."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.city.periods import ORDER, containing, last_month_ended, parse_period, series
from pipelines.errors import UsageError


@pytest.mark.parametrize(
    ("name", "kind", "first", "last", "label"),
    [
        ("2026-10-05", "day", date(2026, 10, 5), date(2026, 10, 5), "2026年10月5日"),
        ("2026-W44", "week", date(2026, 10, 26), date(2026, 11, 1), "2026年第44周"),
        ("2020-W53", "week", date(2020, 12, 28), date(2021, 1, 3), "2020年第53周"),
        ("2024-02", "month", date(2024, 2, 1), date(2024, 2, 29), "2024年2月"),
        ("2026-Q4", "quarter", date(2026, 10, 1), date(2026, 12, 31), "2026年第四季度"),
        ("2026-H2", "half_year", date(2026, 7, 1), date(2026, 12, 31), "2026年下半年"),
        ("2026", "year", date(2026, 1, 1), date(2026, 12, 31), "2026年"),
    ],
)
def test_parse(name: str, kind: str, first: date, last: date, label: str) -> None:
    period = parse_period(name)
    assert (period.name, period.kind, period.starts_on, period.ends_on) == (name, kind, first, last)
    assert period.label_zh == label


@pytest.mark.parametrize("name", ["2026-13", "2026-W54", "2026-02-30", "2026-Q5", "2026-H3", "26-10", "October", ""])
def test_what_is_no_period_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="period"):
        parse_period(name)


def test_the_last_second_ends_a_month() -> None:
    assert last_month_ended(datetime(2026, 10, 31, 23, 59, 59)).name == "2026-10"
    assert last_month_ended(datetime(2026, 10, 31, 23, 59, 58)).name == "2026-09"
    assert last_month_ended(datetime(2026, 1, 15)).name == "2025-12"


@given(st.dates(date(2000, 1, 1), date(2040, 12, 31)), st.sampled_from(ORDER))
def test_periods_tile_time(day: date, kind: str) -> None:
    period = containing(kind, day)
    assert period.starts_on <= day <= period.ends_on
    assert parse_period(period.name) == period
    assert (period.starts_on - period.previous().ends_on).days == 1


def test_a_series_has_no_gap_and_no_overlap() -> None:
    months = [p.name for p in series("month", date(2025, 11, 20), date(2026, 2, 1))]
    assert months == ["2025-11", "2025-12", "2026-01", "2026-02"]
