"""New York City: ratings, tonnage and 311 requests through the whole main job, against plain Python over the files."""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from tests.integration.conftest import PROGRAM, cityeval
from tests.integration.real_city import SHARED, Cell, CityJob, moment, periods_of, read_rows, run_city
from tests.personal_data import found_in

FULL = [
    SHARED / "nyc_scorecard_inspection" / "scorecard_2005-2016.csv.gz",
    SHARED / "nyc_dsny_tonnage" / "dsny_monthly_tonnage.csv.gz",
    SHARED / "nyc_311" / "nyc311_2013-12-25_wide.csv.gz",
    SHARED / "nyc_311" / "nyc311_2024-04_socrata_snake.csv.gz",
]
RATINGS = {"streets": "Acceptable Streets %", "sidewalks": "Acceptable Sidewalks %"}
TONS = {
    "refuse": "REFUSETONSCOLLECTED",
    "paper": "PAPERTONSCOLLECTED",
    "mgp": "MGPTONSCOLLECTED",
    "organics": "RESORGANICSTONS",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROGRAM.is_file(), reason=f"cityeval is not installed beside {sys.executable}"),
]


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> CityJob:
    """The full files where they are, else the sample, for which everything below holds too."""
    files = FULL if all(path.is_file() for path in FULL) else ()
    return run_city("nyc", tmp_path_factory.mktemp("nyc"), files, "2016")


def test_ratings_are_the_sums_over_the_file(job: CityJob) -> None:
    expected: dict[Cell, Decimal] = defaultdict(Decimal)
    for row in read_rows(job.file("scorecard")):
        year, month = (int(part) for part in row["Month"].split(" / "))
        if year < 2014 or year > 2016:
            continue
        for item, column in RATINGS.items():
            if row[column].strip():
                for period in periods_of(year, month):
                    for unit in (row["Cleaning Section"].strip(), row["District"].strip(), "city"):
                        expected[unit, period, f"inspected_score_{item}"] += Decimal(row[column])
                        expected[unit, period, f"inspected_full_score_{item}"] += 100
    units = {unit for unit, _, _ in expected}
    found = {
        cell: value
        for cell, value in job.counts().items()
        if cell[2].startswith("inspected")
        and cell[2].endswith(tuple(RATINGS))
        and cell[0] in units
        and cell[1][:4] > "2013"
    }
    assert len(expected) > 1000
    assert found == {cell: value for cell, value in expected.items() if value}


def test_the_previous_month_is_the_one_that_the_file_states(job: CityJob) -> None:
    """The file repeats the rating of the month before: what we count for that month must be it."""
    found = job.counts()
    compared = 0
    periods = pl.read_parquet(job.home.lake / "run" / "periods.parquet")
    previous = dict(periods.select("period", "previous_period").iter_rows())
    rated = {(row["Month"], row["Cleaning Section"]) for row in read_rows(job.file("scorecard"))}
    for row in read_rows(job.file("scorecard")):
        before = previous.get(row["Month"].replace(" / ", "-"))
        if before is None or (before.replace("-", " / "), row["Cleaning Section"]) not in rated:
            continue
        for item, column in RATINGS.items():
            stated = row[f"{column} - Previous Month"].strip()
            counted = found.get((row["Cleaning Section"].strip(), before, f"inspected_score_{item}"))
            if stated and counted is not None:
                assert counted == Decimal(stated), (row["Month"], row["Cleaning Section"], item)
                compared += 1
    assert compared > 800


def test_tonnage_is_the_sum_over_the_file(job: CityJob) -> None:
    codes = {
        (borough, int(code[-2:])): code
        for borough, code in ({(row["Borough"], row["District"].strip()) for row in read_rows(job.file("scorecard"))})
    }
    expected: dict[Cell, Decimal] = defaultdict(Decimal)
    for row in read_rows(job.file("tonnage")):
        year, month = (int(part) for part in row["MONTH"].split(" / "))
        if year not in (2014, 2015, 2016):
            continue
        for material, column in TONS.items():
            if row[column].strip():
                for period in periods_of(year, month):
                    for unit in (codes[row["BOROUGH"], int(row["COMMUNITYDISTRICT"])], "city"):
                        expected[unit, period, f"output_{material}"] += Decimal(row[column])
    units = {unit for unit, _, _ in expected}
    found = {
        cell: value
        for cell, value in job.counts().items()
        if cell[2].startswith("output_") and cell[0] in units and cell[1][:4] > "2013"
    }
    assert len(expected) > 500
    assert found == {cell: value for cell, value in expected.items() if value}


def test_districts_are_ranked_for_2016(job: CityJob) -> None:
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for row in read_rows(job.file("scorecard")):
        if row["Month"].startswith("2016"):
            for item, column in RATINGS.items():
                if row[column].strip():
                    sums[row["District"].strip(), item].append(Decimal(row[column]))

    def points(unit: str, item: str, full: int) -> Decimal:
        values = sums[unit, item]
        rate = (sum(values, Decimal(0)) / (100 * len(values))).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        return (rate * full).quantize(Decimal("0.01"), ROUND_HALF_UP)

    scores = {unit: points(unit, "streets", 60) + points(unit, "sidewalks", 40) for unit, _ in sums}
    ranked = job.sql(
        "select unit_code, score, rank from mart_ranks where period = '2016' and scheme = 'districts_yearly'"
    )
    assert ranked.height == len(scores) == 59
    for unit, score, rank in ranked.iter_rows():
        assert score == scores[unit], unit
        assert rank == 1 + sum(other > scores[unit] for other in scores.values()), unit


def test_every_count_of_a_record_can_be_listed(job: CityJob) -> None:
    differing = job.sql(
        """
        with listed as (
            select period, unit_code, measure || '_' || part as measure, sum(value) as value
            from mart_record_proofs group by all)
        select l.* from listed as l left join mart_counts as c using (period, unit_code, measure)
        join mart_units as u using (unit_code)
        where u.unit_kind = 'section' and c.value is distinct from l.value
        """
    )
    assert differing.is_empty()
    assert (
        job.sql("select count(*) from mart_record_proofs where source_row is null or source_file is null").item() == 0
    )


def test_both_layouts_of_the_requests_are_read(job: CityJob) -> None:
    cases = pl.read_parquet(job.home.lake / "accepted" / "cases" / "*.parquet")
    wide, snake = read_rows(job.file("nyc311_2013")), read_rows(job.file("nyc311_2024"))
    assert cases.height == len(wide) + len(snake)
    assert set(cases["case_id"]) == {r["Unique Key"] for r in wide} | {r["unique_key"] for r in snake}
    # a request that was closed before it was made is in no count but its own
    impossible = [r for r in wide if r["Closed Date"] and moment(r["Closed Date"]) < moment(r["Created Date"])]
    agencies = Counter(r["Agency"] for r in wide)
    agencies.subtract(r["Agency"] for r in impossible)
    counted = job.counts().get(("city", "2013-12", "impossible_order"), 0)
    assert counted == len(impossible)
    reported = {u: int(v) for (u, p, m), v in job.counts().items() if p == "2013-12" and m == "reported"}
    assert {unit: reported.get(unit, 0) for unit in agencies} == agencies


def test_explain_lists_the_ratings_of_a_district(job: CityJob) -> None:
    answer = cityeval("explain", "--city", "nyc", "--home", job.base, "--period", "2016-12", "--unit", "MN01", "--json")
    listed = json.loads(answer.stdout)["records"]["inspected_score"]
    stated = [
        Decimal(row[column])
        for row in read_rows(job.file("scorecard"))
        if row["Month"] == "2016 / 12" and row["District"].strip() == "MN01"
        for column in RATINGS.values()
        if row[column].strip()
    ]
    assert sorted(Decimal(str(row["value"])) for row in listed["rows"]) == sorted(stated)
    assert Decimal(str(listed["value"])) == sum(stated)


def test_the_home_holds_nobody(job: CityJob) -> None:
    assert found_in(job.home.root) == {}
