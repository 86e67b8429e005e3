"""Los Angeles: requests with a planned service day through the whole main job, against plain Python over the file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from tests.integration.real_city import CityJob, moment, read_rows, run_city
from tests.personal_data import found_in

PERIOD, AS_OF = "2018-01", datetime(2018, 1, 31, 23, 59, 59)
YARDS = ("NC", "EV", "SLA", "WV", "WLA", "HB")
BUREAUS = ("BOS", "OCB", "ITA", "BSL", "LADWP", "BSS")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Request:
    units: frozenset[str]  # the unit, its bureau, the district, the city
    made: datetime
    due: datetime | None  # the last second of the planned day
    closed: datetime | None
    is_cancelled: bool


def _request(row: dict[str, str]) -> Request:
    unit, ended = row["AssignTo"] or row["Owner"], moment(row["ClosedDate"])
    planned = moment(row["ServiceDate"]) if row["ServiceDate"] else None
    bureau = {"city"} if unit in BUREAUS else {"city", row["Owner"]}
    is_over = ended <= AS_OF
    return Request(
        made=moment(row["CreatedDate"]),
        units=frozenset({unit, f"CD{row['CD']}" if row["CD"] else "unallocated", *bureau}),
        due=datetime.combine(planned.date(), time(23, 59, 59)) if planned else None,
        closed=ended if is_over and row["Status"] != "Cancelled" else None,
        is_cancelled=is_over and row["Status"] == "Cancelled",
    )


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> CityJob:
    return run_city("la", tmp_path_factory.mktemp("la"), period=PERIOD)


@pytest.fixture(scope="module")
def expected(job: CityJob) -> Counter[tuple[str, str]]:
    """Unit and measure: how many settle in the period, at the earlier of closing and the end of the planned day."""
    counts: Counter[tuple[str, str]] = Counter()
    for request in map(_request, read_rows(job.file("myla311"))):
        if request.due is None or request.is_cancelled or (request.closed is None and request.due >= AS_OF):
            continue
        if request.closed is not None and request.closed < request.made:  # impossible: in no count but its own
            continue
        if f"{min(request.closed or request.due, request.due):%Y-%m}" != PERIOD:
            continue
        for unit in request.units:
            counts[unit, "due_to_close"] += 1
            counts[unit, "closed"] += request.closed is not None
            counts[unit, "closed_on_time"] += request.closed is not None and request.closed <= request.due
            counts[unit, "overdue_open"] += request.closed is None
    return counts


def test_every_request_is_accepted(job: CityJob) -> None:
    (delivery,) = job.deliveries().values()
    rows = read_rows(job.file("myla311"))
    assert delivery["accepted"] == len(rows) == 2000
    assert delivery["repaired"] == sum(not row["AssignTo"] for row in rows)


def test_the_planned_day_lasts_to_its_last_second(job: CityJob) -> None:
    due = dict(job.accepted().select("case_id", "due_at").iter_rows())
    rows = read_rows(job.file("myla311"))
    assert due == {row["SRNumber"]: _request(row).due for row in rows}


def test_counts_are_those_of_the_file(job: CityJob, expected: Counter[tuple[str, str]]) -> None:
    measures = {measure for _, measure in expected}
    found = {
        (unit, measure): int(value)
        for (unit, period, measure), value in job.counts().items()
        if period == PERIOD and measure in measures
    }
    assert len(expected) > 100
    assert found == {cell: number for cell, number in expected.items() if number}


def test_yards_are_ranked_by_the_planned_day(job: CityJob, expected: Counter[tuple[str, str]]) -> None:
    def points(unit: str, measure: str, full: int) -> Decimal:
        rate = Decimal(expected[unit, measure]) / expected[unit, "due_to_close"]
        return (rate.quantize(Decimal("0.0001"), ROUND_HALF_UP) * full).quantize(Decimal("0.01"), ROUND_HALF_UP)

    scores = {unit: points(unit, "closed_on_time", 70) + points(unit, "closed", 30) for unit in YARDS}
    ranked = job.mart("mart_ranks").filter(pl.col("period") == PERIOD, pl.col("scheme") == "yards_monthly")
    assert dict(ranked.select("unit_code", "score").iter_rows()) == scores
    for unit, rank in ranked.select("unit_code", "rank").iter_rows():
        assert rank == 1 + sum(other > scores[unit] for other in scores.values())


def test_nothing_personal_leaves_landing(job: CityJob) -> None:
    assert found_in(job.home.root) == {}
