"""Tainan: the plan of the garbage trucks, weekdays in Chinese, through the whole main job against plain Python."""

from __future__ import annotations

import calendar
from collections import Counter

import polars as pl
import pytest

from tests.integration.real_city import CityJob, read_rows, run_city
from tests.personal_data import found_in

PERIOD, YEAR, MONTH = "2022-04", 2022, 4
WEEKDAYS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7}
WEST, EAST = 119.9, 120.8

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> CityJob:
    return run_city("tainan", tmp_path_factory.mktemp("tainan"), period=PERIOD)


@pytest.fixture(scope="module")
def stops(job: CityJob) -> list[dict[str, str]]:
    return read_rows(job.file("tainan"))


def test_each_weekday_takes_the_rows_that_name_it(job: CityJob, stops: list[dict[str, str]]) -> None:
    taken = job.accepted("planned_stops")
    found = Counter(taken.select("route_id", "stop_id", "weekday", "planned_time").iter_rows())
    expected = Counter(
        (row["route_id"], f"{row['route_id']}-{row['StopId']}", WEEKDAYS[day], row["ScheduleTime"])
        for row in stops
        if WEST < float(row["Lon"]) < EAST
        for day in row["DayValue"].split(",")
    )
    assert found == expected
    assert set(taken["weekday"]) == set(WEEKDAYS.values())


def test_a_longitude_that_is_a_latitude_is_rejected(job: CityJob, stops: list[dict[str, str]]) -> None:
    wrong = [row for row in stops if not WEST < float(row["Lon"]) < EAST]
    assert [row["Lon"] == row["Lat"] for row in wrong] == [True, True]
    deliveries = job.deliveries().values()
    assert sum(each["reasons"].get("constraint-error", 0) for each in deliveries) == sum(
        len(row["DayValue"].split(",")) for row in wrong
    )
    for each in deliveries:
        assert each["rows"] + each["out_of_scope"] == len(stops)


def test_planned_stops_of_the_month_are_counted_by_the_calendar(job: CityJob, stops: list[dict[str, str]]) -> None:
    days = Counter(calendar.weekday(YEAR, MONTH, day) + 1 for day in range(1, calendar.monthrange(YEAR, MONTH)[1] + 1))
    expected: Counter[str] = Counter()
    for row in stops:
        if WEST < float(row["Lon"]) < EAST:
            for day in row["DayValue"].split(","):
                expected[row["area"]] += days[WEEKDAYS[day]]
    expected["city"] = expected.total()
    assert len(expected) == 37
    assert {unit: n for (unit, period), n in job.counts_of("planned_stops").items() if period == PERIOD} == expected


def test_every_planned_stop_can_be_listed(job: CityJob) -> None:
    listed = job.mart("mart_record_proofs").filter(pl.col("period") == PERIOD, pl.col("measure") == "planned_stops")
    city = job.counts_of("planned_stops")["city", PERIOD]
    assert listed["value"].sum() == city
    assert listed["source_row"].null_count() == 0


def test_nothing_personal_leaves_landing(job: CityJob) -> None:
    assert found_in(job.home.root) == {}
