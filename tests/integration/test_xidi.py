"""Xidi: petitions with the times of their replies. Its licence allows no sample, so the run needs the full files."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.city import load_city
from pipelines.ingest import land_files
from pipelines.settings import city_home
from tests.integration.conftest import cityeval
from tests.integration.real_city import SHARED, CityJob, run_city
from tests.personal_data import PERSONAL, found_in, texts_in

DATA = SHARED / "taidi_2020c_wenzheng"
FULL = pytest.mark.skipif(not DATA.is_dir(), reason=f"the licence allows no sample; the files are not at {DATA}")

CODE = re.compile(r"(?<![0-9A-Za-z])(?:A|UU)\d{4,}(?![0-9A-Za-z])")  # of a user

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
def test_whoever_the_files_name_is_nowhere_in_the_home(job: CityJob) -> None:
    """They name people, plates, telephone numbers and doors in their texts, and users by a code."""
    cells = [cell for name in ("附件3", "附件4") for column in _table(name) for cell in column.drop_nulls()]
    raw = "\n".join(cells)
    assert {kind for kind, pattern in PERSONAL.items() if pattern.search(raw)} == {
        "mobile", "plate", "name", "landline", "door",
    }  # fmt: skip
    users = set(_table("附件4")["留言用户"]) | set(_table("附件3")["留言用户"])
    assert len(users & set(CODE.findall(raw))) == len(users) > 4000
    assert job.accepted()["reporter_key"].drop_nulls().len() > 7000
    assert found_in(job.home.root) == {}
    assert not users & {code for _, text in texts_in(job.home.root) for code in CODE.findall(text)}


PLANTED = {
    "留言主题": "A市A3区王先生的车赣A50397被堵",
    "留言详情": "请回电138 0013 8000或0371-6512-3456，身份证11010519491231002X，住3号楼2单元501室",
    "答复意见": "已电话13900001111告知李女士，详见li.lei@example.com",
}


def test_planted_personal_data_stops_at_the_door(tmp_path: Path) -> None:
    """In the layouts of the two files, in every column of free text; a row is rejected, too."""
    city, home = load_city("xidi"), city_home("xidi", tmp_path / "home")
    shared = {"留言用户": "UU00812", "留言时间": "2019/12/03 10:00:00"} | PLANTED
    for source, name, own in (
        ("messages", "附件3.xlsx", {"反对数": "0", "点赞数": "0"}),
        ("replies", "附件4.xlsx", {"答复时间": "2019/12/05 10:00:00"}),
    ):
        rows = [{"留言编号": f"{n}"} | shared | own for n in range(8)]
        rows[3]["留言时间"] = PLANTED["答复意见"]
        if source == "messages":
            rows = [{key: cell for key, cell in row.items() if key != "答复意见"} for row in rows]
        path = tmp_path / name
        pl.DataFrame(rows).write_excel(path)
        (delivery,) = land_files(city, home, city.sources[source], [path], say=str, check=lambda contract, sample: [])
        assert (delivery.accepted, delivery.rejected) == (7, 1)
        raw = "\n".join("\n".join(row.values()) for row in rows)
        assert all(pattern.search(raw) for pattern in PERSONAL.values())
    assert found_in(home.root) == {}
    assert not any("UU00812" in text for _, text in texts_in(home.root))
