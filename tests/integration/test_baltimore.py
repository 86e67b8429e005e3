"""The whole main job on real input: every count against a computation of its own, csv against xlsx."""

from __future__ import annotations

import sys
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.city import load_city
from pipelines.ingest import land_files
from pipelines.ingest.ledger import Delivery, read_ledger
from pipelines.settings import city_home
from tests.integration import independent
from tests.integration.conftest import PROGRAM
from tests.integration.real_city import SHARED, CityJob, run_city
from tests.personal_data import found_in

CSV, XLSX = (SHARED / "baltimore_311" / f"baltimore_311_10k.{kind}" for kind in ("csv.gz", "xlsx"))
PERIOD = "2019-01"
# indicator → its numerator; both stand over due_to_close
CLOSURE = {"closure_rate": "closed", "on_time_closure_rate": "closed_on_time"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CSV.is_file(), reason=f"the real data is not here: {CSV}"),
    pytest.mark.skipif(not PROGRAM.is_file(), reason=f"cityeval is not installed beside {sys.executable}"),
]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> CityJob:
    return run_city("baltimore", tmp_path_factory.mktemp("csv"), [CSV], PERIOD)


@pytest.fixture(scope="module")
def xlsx_deliveries(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Delivery]]:
    """The workbook through the door alone: a home and its ledger."""
    base = tmp_path_factory.mktemp("xlsx")
    city, home = load_city("baltimore"), city_home("baltimore", base)
    for source in city.sources.values():
        land_files(city, home, source, [XLSX], say=lambda _: None)
    return base, read_ledger(home.lake)


@pytest.fixture(scope="module")
def requests() -> list[independent.Request]:
    return independent.read_requests(CSV)


@pytest.fixture(scope="module")
def expected(requests: list[independent.Request]) -> Counter[independent.Cell]:
    return independent.counts(requests)


def test_the_independent_computation_has_the_known_totals(expected: Counter[independent.Cell]) -> None:
    """Guards the reference itself: these totals were also worked out once with another tool."""
    total: Counter[str] = Counter()
    for (unit, period, channel, measure), number in expected.items():
        if unit == "city" and channel == "all" and len(period) == 4:
            total[measure] += number
    assert total == {
        "reported": 9783,
        "duplicates": 217,
        "no_deadline": 277,
        "due_to_close": 9482,
        "closed": 9353,
        "closed_on_time": 7839,
        "closed_overdue": 1514,
        "overdue_open": 129,
    }


def test_every_cell_of_the_counts_agrees(job: CityJob, expected: Counter[independent.Cell]) -> None:
    measures = {measure for _, _, _, measure in expected}
    found = {
        (row["unit_code"], row["period"], row["channel"], row["measure"]): row["value"]
        for row in job.mart("mart_counts").iter_rows(named=True)
        if row["value"] and row["measure"] in measures
    }
    differing = {
        cell: (found.get(cell, 0), expected[cell])
        for cell in found.keys() | expected.keys()
        if found.get(cell, 0) != expected[cell]
    }
    assert not differing, f"{len(differing)} cells differ (found, expected): {list(differing.items())[:10]}"


def test_the_release_has_every_month_of_the_data(job: CityJob, expected: Counter[independent.Cell]) -> None:
    periods = job.mart("mart_periods")
    assert {period for _, period, _, _ in expected} <= set(periods["period"])
    states = dict(periods.select("period", "state").iter_rows())
    assert states["2019-01"] == states["2018-Q4"] == states["2018-H2"] == states["2018"] == "final"
    assert states["2019-02"] == states["2019"] == "provisional"


@pytest.mark.parametrize("period", ["2014-03", "2018-12", PERIOD, "2018-Q4", "2018-H1", "2018", "2019-02"])
def test_indicators_print_the_same_numbers(job: CityJob, expected: Counter[independent.Cell], period: str) -> None:
    answer = job.ask("indicators", "--period", period)
    assert (answer["city"], answer["period"]) == ("baltimore", period)
    rows = [row for row in answer["rows"] if row["indicator"] in CLOSURE]
    seen = {(row["unit_code"], row["channel"], row["indicator"]) for row in rows}
    assert len(seen) == len(rows)
    for row in rows:
        cell = row["unit_code"], period, row["channel"]
        denominator = expected[(*cell, "due_to_close")]
        numerator = expected[(*cell, CLOSURE[row["indicator"]])]
        assert Decimal(str(row["numerator"])) == Decimal(numerator), row
        assert Decimal(str(row["denominator"])) == Decimal(denominator), row
        if denominator:
            rate = (Decimal(numerator) / denominator).quantize(Decimal("0.000001"), ROUND_HALF_UP)
            assert Decimal(str(row["rate"])) == rate, row
        else:
            assert row["rate"] is None, row
            assert row["reason"], row
    due = {cell[:3] for cell in expected if cell[3] == "due_to_close"}
    must_have = {(unit, channel, code) for unit, when, channel in due if when == period for code in CLOSURE}
    assert must_have <= seen


def test_ranks_follow_from_the_counts(job: CityJob, expected: Counter[independent.Cell]) -> None:
    """Rate to 4 decimals, points to 2, half-up; places 1-2-2-4 in a group; fewer than 5 due: no place."""

    def due(unit: str) -> int:
        return expected[unit, PERIOD, "all", "due_to_close"]

    def points(unit: str, measure: str, full: int) -> Decimal:
        rate = (Decimal(expected[unit, PERIOD, "all", measure]) / due(unit)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        return (rate * full).quantize(Decimal("0.01"), ROUND_HALF_UP)

    groups = job.ask("rank", "--period", PERIOD)["groups"]
    assert {(group["scheme"], group["peer_group"]) for group in groups} == {
        ("agencies_monthly", "field"),
        ("agencies_monthly", "office"),
        ("districts_monthly", "council_districts"),
    }
    for group in groups:
        scores = {
            unit: points(unit, "closed_on_time", 60) + points(unit, "closed", 40)
            for unit in (row["unit_code"] for row in group["units"])
            if due(unit) >= 5
        }
        for unit in group["units"]:
            score = scores.get(unit["unit_code"])
            if score is None:
                assert not unit["ranked"], unit
                assert unit["rank"] is None, unit
                assert unit["reason"], unit
            else:
                assert Decimal(str(unit["score"])) == score, unit
                assert unit["rank"] == 1 + sum(other > score for other in scores.values()), unit


def test_every_count_can_be_listed_as_cases(job: CityJob, expected: Counter[independent.Cell]) -> None:
    flags = {"due_to_close": "is_due_to_close", "closed": "is_closed", "closed_on_time": "is_closed_on_time"}
    due = job.mart("mart_case_proofs").filter(pl.col("is_due_to_close"))
    for measure, flag in flags.items():
        for column in ("unit_code", "area_code"):
            listed = dict(due.filter(pl.col(flag)).group_by(column, "period").len().pipe(_keyed))
            units = {unit for unit, _ in listed}
            wanted = {
                (unit, period): number
                for (unit, period, channel, what), number in expected.items()
                if channel == "all" and what == measure and unit in units
            }
            assert listed == wanted


def _keyed(frame: pl.DataFrame) -> list[tuple[tuple[str, str], int]]:
    return [((unit, period), number) for unit, period, number in frame.iter_rows()]


def test_csv_and_xlsx_give_the_same_records(job: CityJob, xlsx_deliveries: tuple[Path, list[Delivery]]) -> None:
    """Whatever is counted comes from these records, so the marts of both are the same."""
    from_csv, from_xlsx = (
        each.accepted().drop("delivery_id", "source_file", "landed_at", "row_hash", strict=False).sort("case_id")
        for each in (job, CityJob("baltimore", xlsx_deliveries[0], (XLSX,)))
    )
    assert from_csv.height == 10_000
    assert len(from_csv.columns) > 30
    assert_frame_equal(from_csv, from_xlsx)


def test_every_row_of_the_file_is_accounted_for(job: CityJob, xlsx_deliveries: tuple[Path, list[Delivery]]) -> None:
    for deliveries in (read_ledger(job.home.lake), xlsx_deliveries[1]):
        assert sorted(delivery.source for delivery in deliveries) == ["grid", "hotline"]
        for delivery in deliveries:
            assert delivery.rows == delivery.accepted + delivery.rejected
            assert delivery.rows + delivery.out_of_scope == 10_000
            assert sum(delivery.reasons.values()) == delivery.rejected == 0
        assert {each.source: each.rows for each in deliveries} == {"grid": 2055, "hotline": 7945}
        assert sum(each.repaired for each in deliveries) == 892  # coordinates that were rounded away


def test_durations_are_those_the_city_published(job: CityJob, requests: list[independent.Request]) -> None:
    published = pl.DataFrame(
        [(request.number, request.days_open) for request in requests if request.days_open is not None],
        schema={"case_id": pl.String, "days_open": pl.Int64},
        orient="row",
    )
    closed = job.accepted().filter(pl.col("closed_at").is_not_null()).join(published, on="case_id", how="inner")
    assert published.height == closed.height == 9_792
    days = (pl.col("closed_at").dt.date() - pl.col("reported_at").dt.date()).dt.total_days()
    assert closed.filter(days != pl.col("days_open")).is_empty()


def test_nothing_is_lost_between_the_file_and_the_lake(job: CityJob, requests: list[independent.Request]) -> None:
    cases = job.accepted()
    by_number = {row["case_id"]: row for row in cases.iter_rows(named=True)}
    assert cases.height == len(by_number) == len(requests)
    for request in requests:
        row = by_number[request.number]
        assert row["reported_at"] == request.reported
        assert (row["due_at"], row["closed_at"]) == (request.due, request.closed)
        assert row["handled_at"] == row["closed_at"]
        assert (row["unit_code"], row["area_code"] or "unallocated") == (request.agency, request.district)
        assert (row["duplicate_of"] is not None) == request.is_duplicate
        assert row["category_code"] is not None
    rounded = cases.filter((pl.col("latitude") == 39) | pl.col("longitude").is_in([-76.0, -77.0]))
    assert rounded.is_empty()


def test_rework_that_the_feed_never_records_is_blank_not_zero(job: CityJob) -> None:
    rework = job.mart("mart_indicators").filter(pl.col("indicator") == "rework_rate", pl.col("denominator") > 0)
    assert rework.height > 100
    assert set(rework.select("rate", "reason_code").rows()) == {(None, "not_recorded")}


def test_the_home_holds_nobody(job: CityJob) -> None:
    assert found_in(job.home.root) == {}
