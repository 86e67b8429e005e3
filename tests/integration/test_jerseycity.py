"""Jersey City: snapshots of a fleet become positions that count once, against plain Python over the archive."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections import Counter
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from pipelines.settings import REPO
from tests.integration.real_city import CityJob, run_city, sample_files
from tests.personal_data import found_in

DAYS = ("2015-12-09", "2015-12-10")
PLAN = {"P": 3_000, "S": 1_234}  # minutes with an engine on, say
PLAN_SOURCE = """\
source: plan
title: {zh: 应有定位分钟数（虚构）, en: Minutes expected (made up)}
contract: reported_counts
files: [plan.csv]
columns: {period: period, unit_code: unit_code, measure: measure, value: value}
"""

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
    """With a plan beside the sample, made up for two fleets and the second day: none came with the positions."""
    base = tmp_path_factory.mktemp("jerseycity")
    shutil.copytree(REPO / "cities" / "jerseycity", base / "city")
    (base / "city" / "sources" / "plan.yaml").write_text(PLAN_SOURCE, encoding="utf-8")
    rows = [f"{DAYS[1]},{unit},expected_minutes,{minutes}" for unit, minutes in PLAN.items()]
    (base / "plan.csv").write_text("\n".join(["period,unit_code,measure,value", *rows, ""]), encoding="utf-8")
    files = [*sample_files("jerseycity"), base / "plan.csv"]
    return run_city("jerseycity", base, files, DAYS[1], base / "city")


@pytest.fixture(scope="module")
def positions(job: CityJob) -> list[tuple[str, datetime]]:
    return _positions(job.file("snapshots"))


def test_every_snapshot_is_a_delivery_and_every_row_is_accepted(
    job: CityJob, positions: list[tuple[str, datetime]]
) -> None:
    deliveries = job.deliveries()
    assert deliveries.pop("plan/plan.csv")["accepted"] == len(PLAN)
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
            for unit in (_fleet(truck), "city", "unallocated"):  # a position is in no area
                expected[unit, f"{minute:%Y-%m-%d}"] += 1
    assert len(expected) > 10
    assert job.counts_of("tracked_minutes") == expected


def test_coverage_is_the_minutes_heard_of_those_planned(job: CityJob, positions: list[tuple[str, datetime]]) -> None:
    """Counted from the snapshots, six decimals; where there is no plan, none is claimed."""
    heard = {(truck, moment.replace(second=0)) for truck, moment in positions}
    minutes = Counter(_fleet(truck) for truck, minute in heard if f"{minute:%Y-%m-%d}" == DAYS[1])
    rows = [
        row
        for day in DAYS
        for row in job.ask("indicators", "--period", day, "--indicator", "position_coverage_rate")["rows"]
        if row["channel"] == "all"
    ]
    found = {
        (row["unit_code"], row["numerator"], row["denominator"], row["rate"]) for row in rows if row["denominator"]
    }
    expected = {
        (unit, minutes[unit], planned, (Decimal(minutes[unit]) / planned).quantize(Decimal("1.000000"), ROUND_HALF_UP))
        for unit, planned in PLAN.items()
    }
    assert {(u, Decimal(str(n)), Decimal(str(d)), Decimal(str(r))) for u, n, d, r in found} == expected
    without = [row for row in rows if not row["denominator"]]
    assert len(without) > 10
    assert {row["rate"] for row in without} == {None}
    assert all(row["reason"] for row in without)
    assert job.ask("rank", "--period", DAYS[1])["groups"] == []


def test_nothing_personal_leaves_landing(job: CityJob) -> None:
    assert found_in(job.home.root) == {}
