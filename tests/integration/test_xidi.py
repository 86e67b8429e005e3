"""Xidi: petitions with the times of their replies. Its licence allows no sample, so the run needs the full files."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from tests.integration.conftest import cityeval
from tests.integration.real_city import SHARED, CityJob, run_city

DATA = SHARED / "taidi_2020c_wenzheng"
FULL = pytest.mark.skipif(not DATA.is_dir(), reason=f"the licence allows no sample; the files are not at {DATA}")

pytestmark = pytest.mark.slow


def test_the_folder_is_right_and_a_run_without_files_says_which_it_wants(tmp_path: Path) -> None:
    cityeval("check", "--city", "xidi")
    said = cityeval("run", "--city", "xidi", "--home", tmp_path, expect=1).stderr
    assert "*附件3*.xlsx" in said
    assert "*附件4*.xlsx" in said
    assert "Traceback" not in said


def _table(name: str) -> pl.DataFrame:
    return pl.read_excel(DATA / f"{name}.xlsx", infer_schema_length=0)


def _time(text: str) -> datetime:
    parts = [int(part) for part in re.findall(r"\d+", text)]
    return datetime(*parts)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> CityJob:
    return run_city("xidi", tmp_path_factory.mktemp("full"), sorted(DATA.glob("*.xlsx")), "2019-12")


@FULL
def test_every_petition_is_accepted(job: CityJob) -> None:
    rows = {name: (each["rows"], each["accepted"], each["repaired"]) for name, each in job.deliveries().items()}
    assert rows == {"messages/附件3.xlsx": (4326, 4326, 0), "replies/附件4.xlsx": (2816, 2816, 1)}


@FULL
def test_times_of_both_styles_are_those_of_the_file(job: CityJob) -> None:
    table = _table("附件4")
    told = {row["留言编号"]: (_time(row["留言时间"]), _time(row["答复时间"])) for row in table.iter_rows(named=True)}
    cases = job.accepted().filter(pl.col("closed_at").is_not_null())
    found = {key: (reported, closed) for key, reported, closed in _rows(cases)}
    assert found == told


def _rows(cases: pl.DataFrame) -> list[tuple[str, datetime, datetime]]:
    return cases.select("case_id", "reported_at", "closed_at").rows()


@FULL
def test_petitions_by_month_are_those_of_the_files(job: CityJob) -> None:
    months = [_time(text).strftime("%Y-%m") for name in ("附件3", "附件4") for text in _table(name)["留言时间"]]
    found = {when: n for (unit, when), n in job.counts_of("reported").items() if unit == "xidi" and len(when) == 7}
    assert {when: n for when, n in found.items() if "-H" not in when and "-Q" not in when} == Counter(months)


@FULL
def test_without_a_deadline_there_is_no_rate_but_a_reason(job: CityJob) -> None:
    """What is still open needs no deadline: of the source that tells of replies every petition of the month has one."""
    rows = job.ask("indicators", "--period", "2019-12")["rows"]
    answered = [_time(text) for text in _table("附件4")["留言时间"]]
    in_month = sum((when.year, when.month) == (2019, 12) for when in answered)
    city = {"unit_code": "xidi", "channel": "all", "indicator": "not_closed_rate"}
    (still_open,) = [row for row in rows if city.items() <= row.items()]
    others = [row for row in rows if row["indicator"] != "not_closed_rate"]
    assert others
    assert {row["rate"] for row in others} == {None}
    assert all(row["reason"] for row in others)
    assert (still_open["numerator"], still_open["denominator"], still_open["rate"]) == (0, in_month, 0.0)


@FULL
def test_no_subject_or_user_of_the_files_is_in_the_lake(job: CityJob) -> None:
    users = set(_table("附件4")["留言用户"]) | set(_table("附件3")["留言用户"])
    keys = job.accepted()["reporter_key"].drop_nulls()
    assert keys.len() > 7000
    assert not users & set(keys)
