"""Taipei's hotline: every row of every month accounted for; a city without a scheme runs to the end."""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from pipelines.city import load_city
from pipelines.ingest import land_files
from pipelines.settings import REPO, city_home
from tests.integration.real_city import SHARED, CityJob, run_city
from tests.personal_data import found_in

DATA = SHARED / "taipei_1999_hotline"
SAMPLE = REPO / "cities" / "taipei" / "sample"
FULL = pytest.mark.skipif(not DATA.is_dir(), reason=f"the full files are not at {DATA}")
DISTRICTS = ["大安", "中山", "信義", "內湖", "文山", "松山", "士林", "北投", "中正", "萬華", "大同", "南港"]

pytestmark = pytest.mark.slow


def _rows(path: Path) -> list[list[str]]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.reader(raw.decode("utf-8-sig").splitlines()))[1:]


def _reported(row: list[str]) -> str | None:
    """The month, by plain reading; of a shifted row from the first eight digits of its number."""
    number, category, _, day, time = row
    if re.fullmatch(r"\d{8}", day) and re.fullmatch(r"\d{6}(\.0)?", time):
        return f"{day[:4]}-{day[4:6]}"
    return f"{number[:4]}-{number[4:6]}" if re.match(r"\d{8}", number) and "/" not in category else None


def _district(address: str) -> str:
    found = re.match("(" + "|".join(DISTRICTS) + r"|\?湖)[區?]", address)
    return f"{found[1].replace('?', '內')}區" if found else "unallocated"


def _expected(files: list[Path]) -> Counter[tuple[str, str]]:
    """Cases by district and month; the month that is there in other bytes counts once."""
    counts: Counter[tuple[str, str]] = Counter()
    for path in files:
        if "_nobom" in path.name:
            continue
        for row in _rows(path):
            month = _reported(row)
            if month:
                counts[_district(row[2]), month] += 1
                counts["city", month] += 1
    return counts


def _agree(job: CityJob, expected: Counter[tuple[str, str]]) -> None:
    found = {key: value for key, value in job.counts_of("reported").items() if re.fullmatch(r"\d{4}-\d\d", key[1])}
    assert {key: value for key, value in found.items() if key[0] != "unallocated"} == {
        key: value for key, value in expected.items() if key[0] != "unallocated"
    }


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> CityJob:
    return run_city("taipei", tmp_path_factory.mktemp("sample"))


def test_the_sample_is_small_and_counts_as_plain_reading_does(job: CityJob) -> None:
    files = sorted(SAMPLE.glob("*.csv"))
    assert sum(len(_rows(path)) for path in files) <= 2000
    _agree(job, _expected(files))


def test_every_defect_of_the_sample_is_flagged_or_rejected_with_a_reason(job: CityJob) -> None:
    deliveries = job.deliveries()
    assert {name: each["reasons"] for name, each in deliveries.items() if each["rejected"]} == {
        "hotline/OPEN1999_202005.csv": {"unknown-value": 1}
    }
    assert deliveries["hotline/OPEN1999_202005.csv"]["repaired"] == 1
    for month in ("202403", "202503"):
        shifted = sum(not re.fullmatch(r"\d{6}", row[4]) for row in _rows(SAMPLE / f"OPEN1999_{month}.csv"))
        assert deliveries[f"hotline/OPEN1999_{month}.csv"]["repaired"] == shifted > 0


def test_the_month_in_other_bytes_is_two_deliveries_and_one_set_of_cases(job: CityJob) -> None:
    month = job.accepted().filter(pl.col("reported_at").dt.strftime("%Y%m") == "202604")
    assert month.height == 2 * month["case_id"].n_unique() == 280
    assert job.counts_of("reported")["city", "2026-04"] == 140


def test_without_a_scheme_nobody_is_ranked_and_nothing_warns_of_it(job: CityJob) -> None:
    assert "no scheme of taipei ranks anybody" in job.said
    assert "mart_ranks" not in job.said
    assert job.ask("rank", "--period", "2026-04")["groups"] == []
    assert [path.suffix for path in (job.home.exports / "2026-04").glob("*考核表*")] == [".xlsx"]


def test_a_feed_without_closing_has_no_rate_but_a_reason(job: CityJob) -> None:
    rows = job.ask("indicators", "--period", "2026-04")["rows"]
    assert {row["rate"] for row in rows} == {None}
    assert all(row["reason"] for row in rows)


def test_every_case_of_the_sample_can_be_listed(job: CityJob) -> None:
    proofs = job.mart("mart_case_proofs").filter(pl.col("reported_at").dt.strftime("%Y-%m") == "2026-04")
    assert proofs["case_id"].n_unique() == job.counts_of("reported")["city", "2026-04"]


def test_names_that_changed_are_one_category(job: CityJob) -> None:
    cases = job.accepted()
    assert cases.filter(pl.col("category_code").is_null()).is_empty()
    told = {row[1] for path in SAMPLE.glob("*.csv") for row in _rows(path)}
    assert {"路燈不亮或損壞", "路燈故障或設施損壞"} <= told
    assert any("??" in name for name in told)
    assert cases["category_code"].n_unique() <= 23


@FULL
def test_the_full_months_agree_with_the_index(tmp_path: Path) -> None:
    """INDEX.csv was counted with another tool: rows and shifted rows of each month."""
    with (DATA / "INDEX.csv").open(encoding="utf-8-sig", newline="") as file:
        index = {row["out"]: row for row in csv.DictReader(file)}
    city, home = load_city("taipei"), city_home("taipei", tmp_path)
    files = [DATA / name for name in index]
    landed = {Path(each.file).name: each for each in land_files(city, home, city.sources["hotline"], files, say=print)}
    assert landed.keys() == index.keys()
    for name, told in index.items():
        each = landed[name]
        assert each.rows == each.accepted + each.rejected == int(told["len"])
        assert each.rejected == (1 if name == "OPEN1999_202005.csv.gz" else 0)
    lake = pl.read_parquet(home.lake / "accepted" / "cases" / "*.parquet").with_columns(
        month=pl.col("reported_at").dt.strftime("%Y%m"),
        file=pl.col("source_file").str.split("/").list.last(),
        shifted=pl.col("repairs").str.contains("day_from_case_id"),
    )
    some = lake.filter(pl.col("file").is_in([f"OPEN1999_{month}.csv.gz" for month in ("202205", "202402", "202503")]))
    assert some["repairs"].str.contains("district_restored").sum() == 3
    for row in index.values():
        month = lake.filter(pl.col("file") == row["out"])
        assert month["case_id"].n_unique() == month.height == int(row["len"]) - (row["ym"] == "202005")
        # a shifted row's day comes from its number, which in one file says the last day of the month before
        outside = month.filter(pl.col("month") != row["ym"])
        assert outside.height == (row["ym"] == "202501")
        assert outside["shifted"].all()
        assert month["shifted"].sum() == int(row["shift"]) - (row["ym"] == "202005")


@FULL
def test_the_whole_series_as_parquet_is_counted_but_for_the_months_that_come_alone(tmp_path: Path) -> None:
    """Three of its 113 files, one of them a month that comes as a file of its own, read by pyarrow and plain Python."""
    whole = pq.read_table(DATA / "taipei_1999_volume_no_address.parquet")
    chosen = {"open1999-9aea2032": False, "open1999-931c5dde": True, "open1999-98f1090a": True}  # is it in scope?
    whole = whole.filter([name[:17] in chosen for name in whole["file"].to_pylist()])
    part = tmp_path / "taipei_1999_volume_part.parquet"
    pq.write_table(whole, part)
    rows = [(list(row.values())[:5], chosen[row["file"][:17]]) for row in whole.to_pylist()]
    city, home = load_city("taipei"), city_home("taipei", tmp_path / "home")
    (delivery,) = land_files(city, home, city.sources["volume"], [part], say=print)
    assert delivery.rows == delivery.accepted + delivery.rejected == sum(is_in for _, is_in in rows) == 18_650
    assert delivery.out_of_scope == len(rows) - delivery.rows == 9_791
    expected = Counter((_district(row[2] or ""), _reported(row)) for row, is_in in rows if is_in)
    lake = pl.read_parquet(home.lake / "accepted" / "cases" / "*.parquet")
    found = Counter(
        lake.select(
            pl.col("area_code").fill_null("unallocated"), pl.col("reported_at").dt.strftime("%Y-%m")
        ).iter_rows()
    )
    assert found == expected
    assert lake["case_id"].n_unique() == lake.height


def test_the_home_holds_nobody(job: CityJob) -> None:
    assert found_in(job.home.root) == {}
