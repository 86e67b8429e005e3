"""Jersey City: snapshots of a fleet become positions that count once, against plain Python over the archive."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from tests.integration.real_city import CityJob, run_city
from tests.integration.test_no_personal_data import found_in

DAYS = ("2015-12-09", "2015-12-10")

pytestmark = pytest.mark.slow


def _positions(archive: Path) -> list[tuple[str, datetime]]:
    """Truck and device time of every row of every snapshot."""
    with zipfile.ZipFile(archive) as file:
        lines = [line for name in file.namelist() for line in file.read(name).decode("utf-8").splitlines()]
    cells = [line.split("|") for line in lines]
    return [(truck, datetime.fromisoformat(moment)) for _, _, truck, _, moment in cells]


def _fleet(truck: str) -> str:
    letters = re.match("[A-Za-z]*", truck)
    assert letters is not None
    return letters.group().upper() or "N"


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> CityJob:
    return run_city("jerseycity", tmp_path_factory.mktemp("jerseycity"), period=DAYS[1])


@pytest.fixture(scope="module")
def positions(job: CityJob) -> list[tuple[str, datetime]]:
    return _positions(job.file("snapshots"))


def test_every_snapshot_is_a_delivery_and_every_row_is_accepted(
    job: CityJob, positions: list[tuple[str, datetime]]
) -> None:
    deliveries = job.deliveries()
    assert len(deliveries) == 14
    assert sum(each["accepted"] for each in deliveries.values()) == len(positions) == 1946
    assert job.accepted("positions").height == len(positions)


def test_repetitions_of_a_parked_truck_are_one_event(job: CityJob, positions: list[tuple[str, datetime]]) -> None:
    taken = job.accepted("positions")
    assert taken.select("vehicle_key", "recorded_at").n_unique() == len(set(positions)) < len(positions) / 4
    assert taken["vehicle_key"].n_unique() == len({truck for truck, _ in positions}) == 139
    assert not {truck for truck, _ in positions} & set(taken["vehicle_key"])


def test_minutes_with_a_position_are_those_of_the_file(job: CityJob, positions: list[tuple[str, datetime]]) -> None:
    heard = {(truck, moment.replace(second=0)) for truck, moment in positions}
    expected: Counter[tuple[str, str]] = Counter()
    for truck, minute in heard:
        if f"{minute:%Y-%m-%d}" in DAYS:
            for unit in (_fleet(truck), "city"):
                expected[unit, f"{minute:%Y-%m-%d}"] += 1
    assert len(expected) > 10
    assert job.counts_of("tracked_minutes") == expected


def test_no_coverage_is_claimed_without_a_plan(job: CityJob) -> None:
    rates = job.mart("mart_indicators").filter(pl.col("indicator") == "position_coverage_rate")
    assert rates["rate"].drop_nulls().is_empty()
    assert job.ask("rank", "--period", DAYS[1])["groups"] == []


def test_nothing_personal_leaves_landing(job: CityJob) -> None:
    assert found_in(job.home.root) == {}
