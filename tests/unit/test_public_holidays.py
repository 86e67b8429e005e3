"""The frozen working calendar against the law's count of days off, known notices and its source."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.city import load_city
from pipelines.city.public_holidays import with_public_holidays, working_calendar

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "holiday_cn"


@pytest.fixture(scope="module")
def calendar() -> dict[date, tuple[bool, bool]]:
    frame = working_calendar("cn").select("date", "is_workday", "is_official")
    return {day: (works, official) for day, works, official in frame.iter_rows()}


def test_every_day_of_every_year_once(calendar: dict[date, tuple[bool, bool]]) -> None:
    assert min(calendar) == date(2007, 1, 1)
    assert len(calendar) == (max(calendar) - min(calendar)).days + 1
    assert working_calendar("cn")["date"].is_sorted()


@pytest.mark.parametrize("year", [2014, 2016, 2017, 2018, 2021, 2022, 2023, 2024, 2025, 2026])
def test_working_days_are_those_of_the_law(calendar: dict[date, tuple[bool, bool]], year: int) -> None:
    """Days of the year − Saturdays and Sundays − statutory days (11 until 2024, 13 since 2025)."""
    days = [day for day in calendar if day.year == year]
    weekend = sum(day.weekday() >= 5 for day in days)
    assert sum(calendar[day][0] for day in days) == len(days) - weekend - (13 if year >= 2025 else 11)


def test_notices_known_by_hand(calendar: dict[date, tuple[bool, bool]]) -> None:
    def off(first: date, last: date) -> bool:
        return not any(calendar[first + timedelta(days=n)][0] for n in range((last - first).days + 1))

    assert off(date(2026, 2, 15), date(2026, 2, 23))  # Spring Festival, nine days
    assert calendar[date(2026, 2, 14)] == calendar[date(2026, 2, 28)] == (True, True)
    assert off(date(2025, 10, 1), date(2025, 10, 8))
    assert off(date(2020, 1, 24), date(2020, 2, 2))  # extended on 26 January 2020
    assert calendar[date(2015, 9, 3)] == (False, True)  # once only


def test_a_year_without_a_notice_is_computed_and_not_official(calendar: dict[date, tuple[bool, bool]]) -> None:
    assert calendar[date(2026, 12, 31)] == (True, True)
    assert calendar[date(2027, 1, 1)] == calendar[date(2027, 10, 1)] == (False, False)
    assert calendar[date(2027, 10, 8)] == (True, False)
    assert not any(official for day, (_, official) in calendar.items() if day.year > 2026)


def test_a_citys_own_days_win() -> None:
    own = load_city("demo").reference["calendar"].head(0)
    strike = pl.DataFrame([(date(2026, 3, 3), False, True, "市民日")], schema=own.schema, orient="row")
    both = with_public_holidays(strike, "cn").filter(pl.col("date") == date(2026, 3, 3))
    assert both.rows() == strike.rows()


def test_equal_to_the_source(calendar: dict[date, tuple[bool, bool]]) -> None:
    if not SOURCE.is_dir():
        pytest.skip("the source of the calendars is not on this machine")
    files = sorted(Path(SOURCE).glob("20*.json"))
    listed = {
        date.fromisoformat(day["date"]): not day["isOffDay"]
        for file in files
        for day in json.loads(file.read_text(encoding="utf-8"))["days"]
    }
    assert {year: sum(not listed[d] for d in listed if d.year == year) for year in (2013, 2026)} == {2013: 29, 2026: 33}
    for day, (works, official) in calendar.items():
        if official:
            assert works == listed.get(day, day.weekday() < 5), day
