"""Requests and decisions at the door: who asks cannot decide; the days for objections, worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import yaml

from pipelines.city import City, load_city
from pipelines.errors import DataError, UsageError
from pipelines.ingest import adjusting, land_files
from pipelines.scoring import Scheme
from pipelines.settings import REPO, CityHome
from pipelines.warehouse.objections import late_adjustments
from tests.unit.conftest import TinyCity

HEADER = "申诉编号,类型,对象,单位编码,考核期,分值,理由,申请岗位,申请时间,裁定岗位,裁定时间,裁定,更新时间\n"
ASKED = {"kind": "exclude_case", "target": "A1", "unit_code": "S1", "period": "2026-10", "points": None}


@pytest.fixture
def city(tiny: TinyCity) -> City:
    """The tiny city with the demo city's source of adjustments."""
    folder = tiny.load().folder
    text = (REPO / "cities" / "demo" / "sources" / "adjustments.yaml").read_text(encoding="utf-8")
    (folder / "sources" / "adjustments.yaml").write_text(text, encoding="utf-8")
    return load_city(str(folder))


def ask(city: City, home: CityHome, **changes: str) -> str:
    asked = ASKED | {"reason": "电话 13812345678 已复核", "requested_by": "一街道", **changes}
    return adjusting.ask(city, home, asked, print)


def lake(home: CityHome) -> pl.DataFrame:
    return pl.read_parquet(f"{home.lake}/accepted/adjustments/*.parquet").sort("updated_at", "decision")


def test_who_asks_cannot_decide_and_another_can(city: City, tiny: TinyCity) -> None:
    number = ask(city, tiny.home)
    with pytest.raises(DataError) as refused:
        adjusting.decide(city, tiny.home, number, decision="granted", by="一 街道", note="", say=print)
    told = str(refused.value)
    assert f"adjust_{number}_" in told
    assert "row 2, column decided_by: 一 街道: who asked is who decided" in told
    assert "have another post decide" in told
    adjusting.decide(city, tiny.home, number, decision="granted", by="考评办", note="情况属实", say=print)
    decided = lake(tiny.home).filter(pl.col("decision") == "granted").row(0, named=True)
    assert (decided["requested_by"], decided["decided_by"]) == ("一街道", "考评办")
    assert decided["reason"].endswith("（裁定意见：情况属实）")
    assert "13812345678" not in decided["reason"], "a telephone number is masked like everywhere else"
    with pytest.raises(UsageError, match="was granted by 考评办"):
        adjusting.decide(city, tiny.home, number, decision="refused", by="考评办", note="", say=print)


def test_requests_are_numbered_and_unknown_ones_named(city: City, tiny: TinyCity) -> None:
    first, second = ask(city, tiny.home), ask(city, tiny.home, target="A2")
    assert (first[-4:], second[-4:]) == ("-001", "-002")
    with pytest.raises(UsageError, match=f"waiting: {first}, {second}"):
        adjusting.decide(city, tiny.home, "X", decision="granted", by="考评办", note="", say=print)


def test_a_request_for_an_unknown_unit_is_rejected_with_its_row(city: City, tiny: TinyCity) -> None:
    with pytest.raises(DataError, match="row 2, column unit_code: S9: a code that nobody knows"):
        ask(city, tiny.home, unit_code="S9")


def test_a_city_without_the_source_is_told_what_to_add(tiny: TinyCity) -> None:
    with pytest.raises(UsageError, match=r"no source of contract adjustments[\s\S]*docs/guide/appeals.md"):
        ask(tiny.load(), tiny.home)


def test_a_file_brings_many_and_half_a_decision_is_rejected(city: City, tiny: TinyCity) -> None:
    path = tiny.inputs / "申诉调整_1.csv"
    start = "剔除案件,A1,S1,2026-10,,理由,一街道,2026-11-02 09:00:00"
    rows = (
        f"1,{start},考评办,2026-11-03 09:00:00,采纳,2026-11-03 09:00:00\n",
        f"2,{start},一街道,2026-11-03 09:00:00,采纳,2026-11-03 09:00:00\n",
        f"3,{start},,2026-11-03 09:00:00,采纳,2026-11-03 09:00:00\n",
        f"4,{start},考评办,,不予采纳,2026-11-03 09:00:00\n",
        f"5,{start},,,,2026-11-03 09:00:00\n",
    )
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    (delivery,) = land_files(city, tiny.home, city.sources["adjustments"], [path], say=print)
    assert (delivery.rows, delivery.accepted) == (5, 2)
    faults = pl.read_parquet(tiny.home.lake / "rejected" / f"{delivery.delivery_id}.parquet")
    assert faults.select("source_row", "reason", "column_name").rows() == [
        (3, "same-person", "decided_by"),
        (4, "missing-value", "decided_by"),
        (5, "missing-value", "decided_at"),
    ]


def scheme(**changes: object) -> Scheme:
    item = {"item": "a", "title": {"zh": "a", "en": "a"}, "indicator": "closure_rate", "full": 100, "rule": "share"}
    told = {
        "scheme": "streets",
        "title": {"zh": "街道", "en": "Streets"},
        "source": "example",
        "valid_from": date(2026, 1, 1),
        "applies_to": {"unit_kind": "street", "period": "month"},
        "items": [item],
    }
    return Scheme.model_validate(told | changes)


@pytest.fixture
def late(city: City, tiny: TinyCity) -> Callable[..., list[tuple[str, date, bool]]]:
    """What is late of requests made at given moments, October being published half past midnight on Friday 6 November
    2026 (the 5th in UTC) and again on the 20th at noon.
    """

    def publish(number: int, moment: str) -> None:
        folder = tiny.home.lake / "publications" / "2026-10" / f"v{number:04d}"
        folder.mkdir(parents=True)
        manifest = {"period": "2026-10", "version": number, "published_at": moment}
        (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    publish(1, "2026-11-05T16:30:00+00:00")
    publish(2, "2026-11-20T04:00:00+00:00")

    def judged(schemes: list[Scheme], *requests: tuple[str, str, str, str]) -> list[tuple[str, date, bool]]:
        path = tiny.inputs / "申诉调整_2.csv"
        rows = [
            f"{at},{kind},{target},{unit},2026-10,1,理由,甲,{moment},,,,{moment}\n"
            for at, (kind, target, unit, moment) in enumerate(requests, 1)
        ]
        path.write_text(HEADER + "".join(rows), encoding="utf-8")
        land_files(city, tiny.home, city.sources["adjustments"], [path], say=print)
        found = late_adjustments(city, schemes, tiny.home.lake)
        return [(key.removeprefix("adjustments:"), until, marked) for key, until, marked in found.select(
            "record_key", "open_until", "is_marked").iter_rows()]  # fmt: skip

    return judged


def test_late_is_after_so_many_working_days_of_the_version_that_was_shown(late: Callable) -> None:
    """Without a calendar Monday to Friday: three working days after Friday the 6th are 9, 10 and 11 November. On the
    20th, a Friday, a second version reopens until Wednesday the 25th.
    """
    case = ("剔除案件", "A1", "S1")
    found = late(
        [scheme(objection_work_days=3)],
        (*case, "2026-10-20 09:00:00"),  # before anything was published
        (*case, "2026-11-11 23:59:59"),
        (*case, "2026-11-12 00:00:00"),
        (*case, "2026-11-20 11:59:59"),  # a second before the second version
        (*case, "2026-11-20 12:00:00"),
        (*case, "2026-11-25 18:00:00"),
        (*case, "2026-11-26 08:00:00"),
    )
    assert found == [
        ("3", date(2026, 11, 11), False),
        ("4", date(2026, 11, 11), False),
        ("7", date(2026, 11, 25), False),
    ]


def test_the_scheme_says_how_long_and_what_becomes_of_late_ones(late: Callable) -> None:
    """Points go by the scheme that they are asked for; a case by the longest of the unit's schemes; a unit of another
    kind, and a scheme that says nothing in a city that says nothing, know no lateness.
    """
    schemes = [
        scheme(objection_work_days=3, late_objections="mark"),
        scheme(scheme="second", objection_work_days=5),
        scheme(scheme="silent", applies_to={"unit_kind": "department", "period": "month"}),
        scheme(scheme="quarter", objection_work_days=90, applies_to={"unit_kind": "street", "period": "quarter"}),
    ]
    moment = "2026-11-13 09:00:00"
    found = late(
        schemes,
        ("加分", "streets", "S1", moment),
        ("加分", "second", "S1", moment),
        ("剔除案件", "A1", "S1", moment),
        ("剔除案件", "A1", "D1", moment),
        ("剔除案件", "A1", "S1", "2026-11-14 09:00:00"),
    )
    assert found == [("1", date(2026, 11, 11), True), ("5", date(2026, 11, 13), True)]


def test_a_city_says_how_long_where_its_schemes_do_not(late: Callable, city: City) -> None:
    path = city.folder / "city.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8")) | {"objection_work_days": 1}
    object.__setattr__(city, "settings", type(city.settings).model_validate(settings))
    found = late(
        [scheme()], ("剔除案件", "A1", "S1", "2026-11-09 23:00:00"), ("剔除案件", "A1", "S1", "2026-11-10 00:30:00")
    )
    assert found == [("2", date(2026, 11, 9), False)]


def test_nothing_is_late_in_a_lake_without_requests(city: City, tmp_path: Path) -> None:
    assert late_adjustments(city, [scheme()], tmp_path).is_empty()
