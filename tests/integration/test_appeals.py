"""Appeals end to end: a case and a finding left out, points granted, one refused, one late; counted by hand in the next
version, still listed, named wherever the result is shown. The same run computes the month that was worked by hand.
"""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from pipelines.answers.adjustments import adjustment_rows, applied_to
from pipelines.answers.documents import rank_document
from pipelines.warehouse import read_release
from pipelines.warehouse.differences import difference
from pipelines.warehouse.marts import PERIOD_MARTS
from tests.golden.hand_worked.make_workbook import CASES, WORKBOOK
from tests.integration.conftest import SmallCity, cityeval

PERIOD = "2026-10"
HEADER = "申诉编号,类型,对象,单位编码,考核期,分值,理由,申请岗位,申请时间,裁定岗位,裁定时间,裁定,更新时间\n"


WORKED = {  # a source for the hand-worked month of tests/golden: the cases of both channels in one file
    "source": "worked",
    "title": {"zh": "手算月", "en": "Hand-worked month"},
    "contract": "cases",
    "files": ["cases.csv"],
    "columns": {
        "case_id": "案件编号",
        "channel": "渠道",
        "area_code": "街道",
        "unit_code": {"value": "B01"},
        "category_code": {"value": "G"},
        "status": {"value": "已结案"},
        "reported_at": "上报时间",
        "due_at": "时限",
        "handled_at": "处置时间",
        "closed_at": "结案时间",
        "rework_count": "返工次数",
        "satisfaction": "满意度",
        "is_valid": {"column": "是否有效", "map": {"是": True, "否": False}},
        "cancelled_at": "作废时间",
        "duplicate_of": "重复于",
    },
}


@pytest.fixture(scope="module")
def city(small_city: SmallCity, tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    """A copy of the small city that takes objections for three working days, and the hand-worked month before the first
    of its own, so that one run serves both.
    """
    base = tmp_path_factory.mktemp("appeals")
    shutil.copytree(small_city.home, base / "home", symlinks=True)
    shutil.copytree(small_city.folder, base / "folder")
    path = base / "folder" / "city.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings |= {"objection_work_days": 3, "evaluates_from": "2026-04-01"}
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    source = base / "folder" / "sources" / "worked.yaml"
    source.write_text(yaml.safe_dump(WORKED, allow_unicode=True), encoding="utf-8")
    return SmallCity(base / "folder", base / "home", small_city.said)


def one(city: SmallCity, sql: str) -> dict[str, Any]:
    return read_release(city.folders, sql).row(0, named=True)


def counts(city: SmallCity, unit: str) -> dict[str, int]:
    sql = (
        f"select measure, value from mart_counts where period = '{PERIOD}' and unit_code = '{unit}' and channel = 'all'"
    )
    return dict(read_release(city.folders, sql).iter_rows())


def score(city: SmallCity, unit: str) -> Decimal:
    mine = f"period = '{PERIOD}' and unit_code = '{unit}' and scheme = 'streets_monthly'"
    return one(city, f"select score from mart_ranks where {mine}")["score"]


def test_appeals_make_the_next_version(city: SmallCity, tmp_path: Path) -> None:
    where = ("--city", city.folder, "--home", city.home)
    case = one(
        city,
        f"select * from mart_case_proofs where period = '{PERIOD}' and is_overdue_open and area_code like 'D_S__' "
        "order by case_id limit 1",
    )
    finding = one(
        city,
        f"select * from mart_record_proofs where period = '{PERIOD}' and measure = 'points_deducted' and area_code = "
        "unit_code order by record_key limit 1",
    )
    granted = one(
        city,
        f"select unit_code from mart_ranks where period = '{PERIOD}' and scheme = 'streets_monthly' and score < 95 "
        f"and unit_code not in ('{case['area_code']}', '{finding['unit_code']}') order by unit_code limit 1",
    )["unit_code"]
    street, other = case["area_code"], finding["unit_code"]
    units = ("city", street[:2], street, case["unit_code"], other)
    before = {unit: counts(city, unit) for unit in units}
    score_before = score(city, granted)

    # one by the command, the others in a file
    asked = cityeval(
        "adjust", *where, "--kind", "exclude_case", "--target", case["case_id"], "--unit", street, "--period", PERIOD,
        "--reason", "现场不属本街道", "--by", "街道考评员",
    ).stdout.strip()  # fmt: skip
    done = cityeval("adjust", asked, *where, "--decision", "granted", "--by", "街道考评员", expect=1)
    assert "who asks cannot decide" in done.stderr
    cityeval("adjust", asked, *where, "--decision", "granted", "--by", "评价科", "--reason", "查实")
    told = "甲,2026-11-01 09:00:00,评价科,2026-11-02 09:00:00"
    number = finding["record_key"].split(":")[1]
    rows = (
        f"F,剔除问题,{number},{other},{PERIOD},,重复扣分,{told},采纳,2026-11-02 09:00:00\n",
        f"P,加分,streets_monthly,{granted},{PERIOD},1.5,抢险,{told},采纳,2026-11-02 09:00:00\n",
        f"N,加分,streets_monthly,{granted},{PERIOD},50,无据,{told},不予采纳,2026-11-02 09:00:00\n",
        f"L,加分,streets_monthly,{granted},{PERIOD},50,逾期,甲,2036-11-01 09:00:00,评价科,2036-11-02 09:00:00,采纳,"
        "2036-11-02 09:00:00\n",
    )
    shutil.copyfile(CASES, tmp_path / CASES.name)
    (tmp_path / "申诉调整_1.csv").write_text(HEADER + "".join(rows), encoding="utf-8")
    cityeval("run", *where, "--input", tmp_path, "--period", PERIOD)

    # the case is in no count but one, for every unit that it counted for
    for unit in ("city", street[:2], street, case["unit_code"]):
        now = counts(city, unit)
        assert now["appealed"] == 1
        for measure in ("due_to_close", "overdue_open"):
            assert now.get(measure, 0) == before[unit][measure] - 1, (unit, measure)
    # so is the finding
    now = counts(city, other)
    assert now["findings"] == before[other]["findings"] - 1
    assert now["points_deducted"] == before[other]["points_deducted"] - finding["value"]
    assert now["findings_appealed"] == 1
    # points are on top of what the items earn; refused and late ones count nothing
    assert score(city, granted) == score_before + Decimal("1.5")
    # nothing is deleted
    row = one(city, f"select * from mart_case_proofs where period = '{PERIOD}' and case_key = '{case['case_key']}'")
    assert (row["exclusion_reason"], row["is_due_to_close"], row["is_overdue_open"]) == ("appeal", False, False)
    row = one(city, f"select * from mart_record_proofs where period = '{PERIOD}' and measure = 'findings_appealed'")
    assert row["record_key"] == finding["record_key"]

    # and everything names what was applied
    register = adjustment_rows(city.folders)
    assert {(r["adjustment_id"], r["status"]) for r in register} == {
        (asked, "applied"), ("F", "applied"), ("P", "applied"), ("N", "refused"), ("L", "late"),
    }  # fmt: skip
    groups = rank_document(city.folders, "demo", PERIOD, "streets_monthly")["groups"]
    listed = {unit["unit_code"]: unit["adjustments"] for group in groups for unit in group["units"]}
    assert {unit: listed[unit] for unit in (street, other, granted)} == {street: [asked], other: ["F"], granted: ["P"]}
    explained = applied_to(city.folders, PERIOD, street)
    assert [(a["adjustment_id"], a["decided_by"]) for a in explained] == [(asked, "评价科")]
    assert explained[0]["reason"] == "现场不属本街道（裁定意见：查实）"
    found = difference(city.folders.lake, PERIOD, {})
    assert f"adjustment {asked}: exclude_case {case['case_id']}, granted by 评价科" in found.causes
    why = {c["why"] for c in found.cells if c["unit_code"] == granted and c["column"] == "adjusted_points"}
    assert why == {"adjustment P: bonus streets_monthly, granted by 评价科"}
    book = openpyxl.load_workbook(next((city.folders.exports / PERIOD).glob("*_v2_*.xlsx")))
    assert {cell.value for cell in book["申诉调整"]["A"][3:]} == {asked, "F", "P"}


def test_the_month_worked_by_hand_is_the_engines(city: SmallCity) -> None:
    """Every count, rate, item, score, rank, grade and award of the workbook (tests/golden/hand_worked)."""
    book = openpyxl.load_workbook(WORKBOOK, data_only=True)["得分"]
    mine = "period = '2026-04' and scheme = 'streets_monthly'"
    items = read_release(city.folders, f"select * from mart_score_items where {mine}").to_dicts()
    ranks = {r["unit_code"]: r for r in read_release(city.folders, f"select * from mart_ranks where {mine}").to_dicts()}
    awards = dict(read_release(city.folders, f"select unit_code, yuan from mart_awards where {mine}").iter_rows())
    streets = list(book.iter_rows(min_row=2, values_only=True))
    assert {code for code, rank in ranks.items() if rank["is_ranked"]} == {street[0] for street in streets}
    for code, _, group, due, closed, on_time, reworked, _, evaluated, satisfied, *worked in streets:
        of = {
            i["item"]: (i["numerator"], i["denominator"], i["rate"], i["points"])
            for i in items
            if i["unit_code"] == code
        }
        rate, points, closure, closure_points, satisfaction, satisfaction_points, rework_points, _, total, *rest = (
            worked
        )
        assert of["on_time_closure"] == (on_time, due, exact(rate), exact(points))
        assert of["closure"] == (closed, due, exact(closure), exact(closure_points))
        is_shared_out = satisfaction_points == "分摊"
        assert of["satisfaction"][:2] == (satisfied, evaluated)
        assert is_shared_out or of["satisfaction"][2:] == (exact(satisfaction), exact(satisfaction_points))
        assert not is_shared_out or of["satisfaction"][3] is None
        assert of["rework"] == (reworked, None, None, exact(rework_points))
        rank = ranks[code]
        assert (rank["score"], rank["rank"], rank["group_size"], rank["grade"]) == (exact(total), *rest[:3])
        assert (rank["peer_group"], awards.get(code, 0)) == (group, rest[3])


def exact(cell: float) -> Decimal:
    """What a cell shows, as the decimal that it is."""
    return Decimal(repr(cell))


def test_every_version_can_be_made_again(city: SmallCity, tmp_path: Path) -> None:
    """The first version, made before the appeals came, and its workbook: the same bytes as when it was published."""
    where = ("--city", city.folder, "--home", city.home, "--period", PERIOD)
    first = json.loads(
        cityeval("regenerate", *where, "--version", "1", "--out", tmp_path, "--json").stdout,
    )
    assert (first["version"], first["is_equal"]) == (1, True)
    assert set(first["marts"]) == set(PERIOD_MARTS)
    published = city.folders.exports / PERIOD
    compared = [path.name for path in tmp_path.iterdir() if (published / path.name).is_file()]
    assert len(compared) > 5
    assert f"demo_{PERIOD}_v1_考核表.xlsx" in compared
    different = [name for name in compared if (tmp_path / name).read_bytes() != (published / name).read_bytes()]
    assert different == []


def test_what_prevents_it_is_named(city: SmallCity) -> None:
    where = ("--city", city.folder, "--home", city.home, "--period", PERIOD)
    changed = sorted((city.folders.lake / "accepted" / "exposures").glob("exposures-*.parquet"))[0]
    gone = sorted((city.folders.lake / "accepted" / "adjustments").glob("adjustments-*.parquet"))[0]
    kept = [(path, path.read_bytes()) for path in (changed, gone)]
    try:
        changed.write_bytes(kept[0][1] + b" ")
        gone.unlink()
        told = cityeval("regenerate", *where, expect=1).stderr
    finally:
        for path, data in kept:
            path.write_bytes(data)
    assert f"exposures/{changed.name}: read again since" in told
    assert f"adjustments/{gone.name}: gone" in told
    assert "has no version 9" in cityeval("regenerate", *where, "--version", "9", expect=2).stderr
