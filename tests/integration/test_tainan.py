"""Tainan: the plan of the garbage trucks, weekdays in Chinese, through the whole main job against plain Python.

No record of what was done came with the plan: the trucks' positions are made up here, for three days and two districts.
"""

from __future__ import annotations

import calendar
import csv
import random
import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import polars as pl
import pytest

from pipelines.settings import REPO
from tests.integration.real_city import CityJob, read_rows, run_city, sample_files
from tests.personal_data import found_in

PERIOD, YEAR, MONTH = "2022-04", 2022, 4
WEEKDAYS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "日": 7}
WEST, EAST = 119.9, 120.8
HEARD = ("七股區", "安南區")
DAYS = (date(2022, 4, 4), date(2022, 4, 5), date(2022, 4, 6))
SILENT_FROM = 20  # o'clock: no truck is heard of after it
METRES, EARLY, LATE = 50, timedelta(minutes=15), timedelta(minutes=30)
RULE = "stop_is_served: {within_metres: 50, minutes_early: 15, minutes_late: 30}\n"
POSITIONS_SOURCE = """\
source: positions
title: {zh: 车辆定位（虚构）, en: Positions (made up)}
contract: positions
files: [positions.csv]
columns:
  vehicle_key: truck
  unit_code: area
  recorded_at: {column: time, formats: ['%Y-%m-%d %H:%M:%S']}
  longitude: lon
  latitude: lat
"""

Position = tuple[str, datetime, float, float]  # area, time, longitude, latitude

pytestmark = pytest.mark.slow


def _metres(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """The great circle, by the haversine formula; mean radius of the Earth 6,371,008.8 m."""
    a = (
        sin(radians(other_lat - lat) / 2) ** 2
        + cos(radians(lat)) * cos(radians(other_lat)) * sin(radians(other_lon - lon) / 2) ** 2
    )
    return 2 * 6_371_008.8 * asin(sqrt(a))


def _timed(row: dict[str, str], day: date) -> datetime:
    return datetime.combine(day, datetime.strptime(row["ScheduleTime"], "%H:%M").time())


def _planned(stops: list[dict[str, str]], day: date) -> list[dict[str, str]]:
    """The readable stops of the weekday."""
    name = next(name for name, number in WEEKDAYS.items() if number == day.isoweekday())
    return [row for row in stops if name in row["DayValue"].split(",") and WEST < float(row["Lon"]) < EAST]


def _made_up(stops: list[dict[str, str]]) -> list[Position]:
    """Where trucks were: beside some stops, past others, early, in time and late."""
    made, chance = [], random.Random(20220404)  # noqa: S311 no secret
    for day in DAYS:
        for row in _planned(stops, day):
            when = _timed(row, day) + timedelta(seconds=chance.randint(-20 * 60, 40 * 60))
            if row["area"] not in HEARD or chance.random() < 0.2 or when.hour >= SILENT_FROM:
                continue
            lon, lat = (float(row[key]) + chance.uniform(-0.0005, 0.0005) for key in ("Lon", "Lat"))
            made.append((row["area"], when, round(lon, 6), round(lat, 6)))
    return made


def _outcome(row: dict[str, str], day: date, heard: dict[str, list[Position]]) -> str:
    """What became of one planned stop: every position of its district is looked at."""
    begin, end = _timed(row, day) - EARLY, _timed(row, day) + LATE
    near = [each for each in heard.get(row["area"], []) if begin <= each[1] < end]
    away = [_metres(float(row["Lon"]), float(row["Lat"]), lon, lat) for _, _, lon, lat in near]
    if not away:
        return "stops_unrecorded"
    assert abs(min(away) - METRES) > 0.01, "too near the limit to tell by two formulas"
    return "stops_served" if min(away) <= METRES else "stops_missed"


@pytest.fixture(scope="module")
def made_up() -> list[Position]:
    return _made_up(read_rows(sample_files("tainan")[0]))


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, made_up: list[Position]) -> CityJob:
    base: Path = tmp_path_factory.mktemp("tainan")
    folder = base / "city"
    shutil.copytree(REPO / "cities" / "tainan", folder)
    (folder / "sources" / "positions.yaml").write_text(POSITIONS_SOURCE, encoding="utf-8")
    with (folder / "city.yaml").open("a", encoding="utf-8") as settings:
        settings.write(RULE)
    with (base / "positions.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["truck", "area", "time", "lon", "lat"])
        rows.writerows([f"truck {at}", area, when, lon, lat] for at, (area, when, lon, lat) in enumerate(made_up))
    return run_city("tainan", base, [*sample_files("tainan"), base / "positions.csv"], PERIOD, folder)


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
    deliveries = [each for each in job.deliveries().values() if each["source"] != "positions"]
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


def test_every_planned_stop_is_served_missed_or_unknown(
    job: CityJob, stops: list[dict[str, str]], made_up: list[Position]
) -> None:
    heard: dict[str, list[Position]] = {}
    for each in made_up:
        heard.setdefault(each[0], []).append(each)
    expected: Counter[tuple[str, str]] = Counter()
    for number in range(1, calendar.monthrange(YEAR, MONTH)[1] + 1):
        day = date(YEAR, MONTH, number)
        for row in _planned(stops, day):
            expected[row["area"], _outcome(row, day, heard)] += 1
    found = {
        (unit, measure): value
        for (unit, period, measure), value in job.counts().items()
        if period == PERIOD and measure in ("stops_served", "stops_missed", "stops_unrecorded") and unit != "city"
    }
    assert found == expected
    served, missed = (sum(expected[area, f"stops_{what}"] for area in HEARD) for what in ("served", "missed"))
    assert min(served, missed) > 50
    rates = {
        row["unit_code"]: (row["numerator"], row["denominator"], row["rate"], row["reason"])
        for row in job.ask("indicators", "--period", PERIOD, "--indicator", "stop_service_rate")["rows"]
    }
    assert rates["city"] == (served, served + missed, round(served / (served + missed), 6), None)
    silent = next(row["area"] for row in stops if row["area"] not in HEARD)
    assert rates[silent] == (0, 0, None, "来源未记录")


def test_what_became_of_a_planned_stop_can_be_listed(job: CityJob) -> None:
    proofs = job.mart("mart_record_proofs").filter(pl.col("period") == PERIOD)
    for measure in ("stops_recorded", "stops_served", "stops_missed", "stops_unrecorded"):
        listed = proofs.filter(pl.col("measure") == measure)
        assert listed["value"].sum() == job.counts_of(measure)["city", PERIOD]
        assert set(listed["part"]) == ({"no_position"} if measure == "stops_unrecorded" else {None})


def test_nothing_personal_leaves_landing(job: CityJob) -> None:
    assert found_in(job.home.root) == {}
