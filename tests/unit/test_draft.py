"""Drafting a city folder: guesses are compared with sources that people wrote, and every guess is marked."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import polars as pl
import pytest
import yaml

from pipelines.city import City, load_city
from pipelines.draft import Drafted, draft_city
from pipelines.errors import UsageError
from pipelines.ingest import land_files
from pipelines.ingest.precheck import check_mappings
from pipelines.settings import REPO, CityHome
from pipelines.synthetic.produce import generate

SHARED = REPO.parent / "shared" / "data"
FEEDS = ("hotline", "grid", "findings", "operations", "exposures", "contracts", "suspensions")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    generate(REPO / "cities" / "demo", folder, 1000, 7, say=lambda line: None)
    return folder


@pytest.fixture(scope="module")
def demo(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Drafted:
    files = [path for feed in FEEDS for path in sorted((inputs / feed).iterdir())[:2]]
    return draft_city("drafted", files, tmp_path_factory.mktemp("drafts"))


def headers(path: Path) -> dict[str, tuple[str, ...]]:
    """Column → the headers that fill it, of a source's YAML; constants and keys made up are left out."""
    found = {}
    for name, spec in yaml.safe_load(path.read_text(encoding="utf-8"))["columns"].items():
        if isinstance(spec, str):
            found[name] = (spec,)
        elif "column" in spec or "columns" in spec:
            told = spec.get("column", spec.get("columns"))
            found[name] = tuple(told) if isinstance(told, list) else (told,)
    return found


@pytest.mark.parametrize("feed", FEEDS)
def test_the_demo_is_guessed_as_people_wrote_it(demo: Drafted, feed: str) -> None:
    """All headers of the hand-made sources go to the same columns; contract and case numbers' system are the same."""
    by_hand = yaml.safe_load((REPO / "cities" / "demo" / "sources" / f"{feed}.yaml").read_text(encoding="utf-8"))
    name = {"suspensions": "case_suspensions"}.get(feed, feed)
    path = demo.folder / "sources" / f"{name}.yaml"
    drafted = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert drafted["contract"] == by_hand["contract"]
    assert drafted.get("extracted_at", {}).get("formats") == by_hand["extracted_at"]["formats"]
    assert drafted.get("source_system", "") == by_hand.get("source_system", "")
    assert headers(path) == headers(REPO / "cities" / "demo" / "sources" / f"{feed}.yaml")
    for column in ("channel", "is_valid", "is_proactive", "case_class"):
        if column in by_hand["columns"]:
            assert drafted["columns"][column] == by_hand["columns"][column]


def test_the_draft_passes_the_check_and_takes_in_every_feed(demo: Drafted, inputs: Path, tmp_path: Path) -> None:
    city: City = load_city(str(demo.folder))
    check_mappings(city)
    assert city.settings.time_zone == "Asia/Shanghai"
    for feed in FEEDS:
        name = {"suspensions": "case_suspensions"}.get(feed, feed)
        file = sorted((inputs / feed).iterdir())[0]
        (done,) = land_files(
            city,
            CityHome(tmp_path / "home"),
            city.sources[name],
            [file],
            say=lambda line: None,
            check=lambda contract, sample: [],
        )
        assert done.state == "accepted"
        assert done.accepted >= 0.9 * done.rows


def test_every_guess_is_marked(demo: Drafted) -> None:
    for path in demo.folder.glob("sources/*.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        start = lines.index("columns:")
        entries = [line for line in lines[start + 1 :] if re.match(r"  (\w+:|- )", line)]
        assert entries
        assert [line for line in entries if "# guessed: " not in line] == []
        assert [line for line in entries if not re.search(r"\((high|medium|low)\)$", line)] == []


def test_no_personal_value_gets_into_the_draft(demo: Drafted, inputs: Path) -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in demo.folder.rglob("*") if path.is_file())
    phones: set[str] = set()
    for path in (inputs / "hotline").iterdir():
        with path.open(encoding="utf-8-sig", newline="") as file:
            phones |= {row["诉求人电话"] for row in csv.DictReader(file)} - {""}
    assert len(phones) >= 10
    assert [phone for phone in phones if phone in written] == []
    assert not re.search(r"1[3-9]\d{9}", written)


def test_a_unit_that_looks_like_a_telephone_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = ["工单编号,承办单位,来电时间", *(f"A{i},城管局,2026-01-0{i} 08:00:00" for i in range(1, 9))]
    rows.append("A9,张某13800138000,2026-01-09 08:00:00")
    path = tmp_path / "工单.csv"
    path.write_text("\n".join(rows), encoding="gb18030")
    done = draft_city("small", [path], tmp_path / "out")
    units = pl.read_csv(done.folder / "units.csv")["unit_code"].to_list()
    assert units == ["city", "城管局"]
    assert any("1 values look like personal data" in line for line in done.todo)
    source = yaml.safe_load((done.folder / "sources" / "hotline.yaml").read_text(encoding="utf-8"))
    assert source["csv"] == {"encoding": "gb18030"}


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (["2026-01-13 08:00:00", "2026/1/14 09:30"], ["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M"]),
        (["01/13/2026 11:59:08 PM", "12/25/2026 01:15:00 AM"], ["%m/%d/%Y %I:%M:%S %p"]),
        (["1768262400", "1768348800"], ["epoch_seconds"]),
        (["46035.5", "46036.25"], ["excel_serial"]),
        (["13/01/2026 08:00", "14/02/2026 09:00"], ["%d/%m/%Y %H:%M"]),
    ],
)
def test_formats_are_told_by_the_values(tmp_path: Path, texts: list[str], formats: list[str]) -> None:
    rows = ["工单编号,诉求大类,来电时间", *(f"A{i},噪音,{texts[i % 2]}" for i in range(20))]
    path = tmp_path / "cases.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = draft_city("small", [path], tmp_path / "out")
    source = yaml.safe_load((done.folder / "sources" / "hotline.yaml").read_text(encoding="utf-8"))
    assert source["columns"]["reported_at"]["formats"] == formats


def test_day_and_month_that_could_be_swapped_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("工单编号,来电时间\nA1,01/02/2026 08:00\nA2,03/04/2026 08:00\n", encoding="utf-8")
    done = draft_city("small", [path], tmp_path / "out")
    text = (done.folder / "sources" / "hotline.yaml").read_text(encoding="utf-8")
    assert "day/month or month/day" in text
    assert re.search(r"reported_at: .*\(low\)", text)


def test_an_existing_folder_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("工单编号,来电时间\nA1,2026-01-01\n", encoding="utf-8")
    (tmp_path / "small").mkdir()
    with pytest.raises(UsageError, match="there already"):
        draft_city("small", [path], tmp_path)
    assert list((tmp_path / "small").iterdir()) == []


def test_a_file_like_no_contract_is_refused_and_nothing_written(tmp_path: Path) -> None:
    path = tmp_path / "poem.csv"
    path.write_text("colour,taste\nred,sweet\nblue,sour\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"poem\.csv"):
        draft_city("small", [path], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_cut_ids_and_shifted_columns_are_drafted_and_marked(tmp_path: Path) -> None:
    """As in Taipei's files of 2025-03: ids cut to their day, and some rows whose columns a comma has shifted."""
    path = tmp_path / "cases_202503.csv"
    whole = [
        f"202503{day:02d}1,噪音,{n}號,202503{day:02d},{9 + n % 9:02d}30{n % 60:02d}"
        for day in (3, 4)
        for n in range(200)
    ]
    shifted = [f"202503031,噪音,{n}號,參考地址第{n}棟,20250303" for n in range(6)]
    path.write_text("\n".join(["案件編號,派工項目,案件地址,立案日期,立案時間", *whole, *shifted]), encoding="utf-8")
    done = draft_city("small", [path], tmp_path / "out")
    text = (done.folder / "sources" / "hotline.yaml").read_text(encoding="utf-8")
    columns = yaml.safe_load(text)["columns"]
    assert columns["case_id"]["key_of"] == ["案件編號", "派工項目", "案件地址", "立案日期", "立案時間"]
    assert columns["reported_at"] == {
        "columns": ["立案日期", "立案時間"],
        "join": " ",
        "formats": ["%Y%m%d %H%M%S%.f"],
    }
    (number,) = [line for line in text.splitlines() if line.startswith("  case_id:")]
    assert "案件編號 is a name of it but holds 2 different values in 406 rows" in number
    assert number.endswith("(low)")
    (day,) = [line for line in text.splitlines() if line.startswith("  reported_at:")]
    assert "2 of 8 distinct values are times, 98.5% of the rows" in day
    assert day.endswith("(low)")
    assert "reported_at: 6 rows of 406 hold no time in 立案日期 and would be rejected" in (
        done.folder / "NEXT.md"
    ).read_text(encoding="utf-8")
    city = load_city(str(done.folder))
    (delivery,) = land_files(
        city, CityHome(tmp_path / "home"), city.sources["hotline"], [path], say=str, check=lambda contract, sample: []
    )
    assert (delivery.accepted, delivery.rejected) == (400, 6)


def test_samples_that_lack_something_needed_are_drafted_aside(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("工单编号,问题描述,承办单位\nA1,路灯坏了很久,城管局\nA2,井盖丢了请处理,水务局\n", encoding="utf-8")
    done = draft_city("small", [path], tmp_path / "out")
    assert [draft.lacking for draft in done.undecided] == [["reported_at"]]
    assert not done.sources
    assert "hotline.yaml.draft: lacks reported_at; fill it, then rename" in (done.folder / "NEXT.md").read_text()
    with pytest.raises(UsageError) as caught:
        load_city(str(done.folder))
    assert caught.value.remedy == "fill what hotline.yaml.draft lacks, then rename it to *.yaml"


# What a person reads in the files; PROVENANCE.md of each tells what its columns mean.
REAL = [
    (
        "nyc_311/nyc311_2013-12-25_wide.csv.gz",
        "hotline",
        {"case_id": "Unique Key", "reported_at": "Created Date", "closed_at": "Closed Date", "due_at": "Due Date"}
        | {"unit_code": "Agency", "category_code": "Complaint Type", "status": "Status", "latitude": "Latitude"},
        "America/New_York",
    ),
    (
        "chicago_open311/chicago_open311_requests.json",
        "hotline",
        {"case_id": "service_request_id", "reported_at": "requested_datetime", "updated_at": "updated_datetime"}
        | {"category_code": "service_name", "unit_code": "agency_responsible", "latitude": "lat", "longitude": "long"},
        "America/Chicago",
    ),
    (
        "la_myla311_sanitation/myla311_2018-01_10k.csv.gz",
        "hotline",
        {"case_id": "SRNumber", "reported_at": "CreatedDate", "closed_at": "ClosedDate", "unit_code": "Owner"}
        | {"category_code": "RequestType", "updated_at": "UpdatedDate", "area_code": "CD"},
        "America/Los_Angeles",
    ),
    (  # ids cut to the day, 217 of 12,755 rows shifted
        "taipei_1999_hotline/OPEN1999_202503.csv.gz",
        "hotline",
        {"category_code": "派工項目", "area_code": "案件地址"},
        "Asia/Shanghai",
    ),
    (
        "taidi_2020c_wenzheng/附件4.xlsx",
        "hotline",
        {"case_id": "留言编号", "reporter_key": "留言用户", "reported_at": "留言时间", "summary": "留言详情"},
        "Asia/Shanghai",
    ),
    (
        "nyc_scorecard_inspection/scorecard_2005-2016.csv.gz",
        "inspection_scores_acceptable_streets",
        {"unit_code": "Cleaning Section", "period": "Month", "score": "Acceptable Streets %"},
        "UTC",
    ),
    (
        "nyc_dsny_tonnage/dsny_monthly_tonnage.csv.gz",
        "operations_refusetonscollected",
        {"area_code": "BOROUGH", "operated_on": "MONTH", "actual": "REFUSETONSCOLLECTED"},
        "UTC",
    ),
    (
        "kcmo_resident_survey/kcmo_resident_survey_2021Q3.csv",
        "responses_q1_01",
        {"response_id": "id", "answered_on": "quarte", "answer": "q1_01"},
        "UTC",
    ),
]


@pytest.mark.parametrize(("file", "source", "expected", "zone"), REAL, ids=[case[0].split("/")[0] for case in REAL])
def test_real_files(tmp_path: Path, file: str, source: str, expected: dict[str, str], zone: str) -> None:
    path = SHARED / file
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    done = draft_city("real", [path], tmp_path)
    city = load_city(str(done.folder))
    check_mappings(city)
    assert city.settings.time_zone == zone
    found = headers(done.folder / "sources" / f"{source}.yaml")
    assert {column: found.get(column) for column in expected} == {c: (h,) for c, h in expected.items()}


def test_baltimore_is_guessed_as_people_wrote_it(tmp_path: Path) -> None:
    """The sample in the repository: all columns but those that share a header with another one."""
    (sample,) = (REPO / "cities" / "baltimore" / "sample").glob("*.csv.gz")
    done = draft_city("real", [sample], tmp_path)
    by_hand = headers(REPO / "cities" / "baltimore" / "sources" / "hotline.yaml")
    drafted = headers(done.folder / "sources" / "hotline.yaml")
    same = {column for column in by_hand if drafted.get(column) == by_hand[column]}
    # One header feeds several columns by hand (SRType, SRStatus, CloseDate); a draft uses each header once.
    assert set(by_hand) - same == {"subcategory_code", "duplicate_of", "handled_at"}
    assert {column for column in drafted if column not in by_hand} == set()
    text = (done.folder / "sources" / "hotline.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["declares"] == {"handled_at": "closed_at"}


def test_when_it_was_done_is_not_when_it_was_due(tmp_path: Path) -> None:
    """办结时间 is part of the name 应办结时间; taken for the deadline, every case would be on time."""
    headers_of = "工单编号,来电时间,诉求内容,承办单位,区域,处置完成时间,办结时间,是否满意"
    rows = [
        f"G{i},2026/9/{1 + i % 28} 8:{i:02},路灯不亮请处理,城管局,东区,2026/9/{2 + i % 28} 9:{i:02},"
        f"2026/9/{2 + i % 28} 17:{i:02},满意"
        for i in range(28)
    ]
    sample = tmp_path / "calls.csv"
    sample.write_text("\n".join([headers_of, *rows]) + "\n", encoding="utf-8")
    found = headers(draft_city("mine", [sample], tmp_path / "out").folder / "sources" / "hotline.yaml")
    assert found["handled_at"] == ("处置完成时间",)
    assert found["closed_at"] == ("办结时间",)
    assert "due_at" not in found
    assert (found["area_code"], found["satisfaction"]) == (("区域",), ("是否满意",))


def test_what_is_due_is_not_what_was_done(tmp_path: Path) -> None:
    headers_of = "工单编号,来电时间,诉求内容,承办单位,应结案时间,延期后结案时间"
    rows = [f"G{i},2026/9/1 8:{i:02},路灯不亮请处理,城管局,2026/9/9 9:{i:02},2026/9/10 9:{i:02}" for i in range(28)]
    sample = tmp_path / "calls.csv"
    sample.write_text("\n".join([headers_of, *rows]) + "\n", encoding="utf-8")
    found = headers(draft_city("mine", [sample], tmp_path / "out").folder / "sources" / "hotline.yaml")
    assert found["due_at"] == ("应结案时间",)
    assert "closed_at" not in found
