"""Cells: what is read, what is repaired, what is rejected and why."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from pipelines.contracts import DELIVERED, Type
from pipelines.contracts.schemas import lake_schema
from pipelines.errors import UsageError
from pipelines.ingest.cast import Reading, cast_text
from tests.unit.conftest import HEADERS, TinyCity, row

SHANGHAI = ("Asia/Shanghai", "Asia/Shanghai")


def test_a_good_row_comes_in_with_types_and_provenance(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row(), row(编号="A2", 紧急="是", 返工="3")))
    frame = tiny.accepted(delivery)
    assert dict(frame.schema) == dict(lake_schema(DELIVERED["cases"]))
    first, second = frame.to_dicts()
    assert first["reported_at"] == datetime(2026, 10, 1, 8)
    assert (first["rework_count"], first["is_urgent"], first["channel"]) == (0, False, "hotline")
    assert (second["rework_count"], second["is_urgent"]) == (3, True)
    assert (first["source_row"], second["source_row"]) == (2, 3)
    assert (first["source_file"], first["source_system"]) == ("cases.csv", "hotline")
    assert first["delivery_id"] == delivery.delivery_id == f"hotline-{delivery.sha256[:16]}"
    assert first["extracted_at"] is None
    assert first["repairs"] is None


@pytest.mark.parametrize(
    ("value", "in_shanghai"),
    [
        ("2026-11-01T06:00:00+00:00", datetime(2026, 11, 1, 14)),  # it tells its offset from UTC
        ("2026-11-01T06:00:00", datetime(2026, 11, 1, 5)),  # 06:00 in Tokyo, which is an hour ahead
    ],
)
def test_a_fixed_moment_of_extract_becomes_local_time_of_the_city(
    tiny: TinyCity, value: str, in_shanghai: datetime
) -> None:
    tiny.source |= {"time_zone": "Asia/Tokyo", "extracted_at": {"value": value}}
    delivery = tiny.land(tiny.write(row()))
    assert delivery.extracted_at == in_shanghai
    assert tiny.accepted(delivery)["extracted_at"].to_list() == [in_shanghai]


FAULTS = {
    "letters-in-a-number": ({"返工": "两次"}, "type-error", "rework_count", "两次"),
    "not-a-date": ({"上报时间": "2026-13-45 08:00:00"}, "type-error", "reported_at", "2026-13-45 08:00:00"),
    "negative-count": ({"返工": "-1"}, "constraint-error", "rework_count", "-1"),
    "unknown-unit": ({"单位": "X9"}, "foreign-key-error", "unit_code", "X9"),
    "unknown-category": ({"大类": "99"}, "foreign-key-error", "category_code", "99"),
    "blank-key": ({"编号": " "}, "missing-value", "case_id", " "),
    "blank-required-time": ({"上报时间": ""}, "missing-value", "reported_at", None),
    "not-a-boolean": ({"紧急": "也许"}, "type-error", "is_urgent", "也许"),
}


@pytest.mark.parametrize(("changes", "reason", "column", "value"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_cell_rejects_its_row_only(
    tiny: TinyCity, changes: dict[str, str], reason: str, column: str, value: str | None
) -> None:
    delivery = tiny.land(tiny.write(row(), row(**{"编号": "A2", **changes}), row(编号="A3")))
    assert tiny.faults(delivery) == [(3, reason, column, value)]
    assert tiny.accepted(delivery)["case_id"].to_list() == ["A1", "A3"]
    assert (delivery.rows, delivery.accepted, delivery.rejected) == (3, 2, 1)
    assert delivery.reasons == {reason: 1}
    remedy = tiny.rejected(delivery).row(0, named=True)
    assert remedy["remedy_zh"]
    assert remedy["remedy_en"]


def test_a_row_with_three_faults_is_counted_once_under_its_first(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row(单位="X", 返工="x", 上报时间="x")))
    assert [fault[1:3] for fault in tiny.faults(delivery)] == [
        ("foreign-key-error", "unit_code"),
        ("type-error", "reported_at"),
        ("type-error", "rework_count"),
    ]
    assert delivery.reasons == {"foreign-key-error": 1}
    assert delivery.rejected == 1


def test_full_width_and_spaced_text_is_read_and_kept_in_file_order(tiny: TinyCity) -> None:
    delivery = tiny.land(
        tiny.write(
            row(),
            row(编号="　A2 ", 上报时间="２０２６-１０-０２　０９：３０：００", 返工="　１２ ", 紧急=" 是　"),
            row(编号="A3"),
        )
    )
    frame = tiny.accepted(delivery)
    assert frame["case_id"].to_list() == ["A1", "A2", "A3"]
    assert frame["rework_count"].to_list() == [0, 12, 0]
    assert frame["reported_at"][1] == datetime(2026, 10, 2, 9, 30)
    assert frame["is_urgent"][1] is True
    assert frame["repairs"].to_list() == [None, "full_width:reported_at,full_width:rework_count", None]
    assert delivery.repaired == 1


def test_several_formats_are_tried_in_order(tiny: TinyCity) -> None:
    tiny.columns["reported_at"] = {"column": "上报时间", "formats": ["%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p"]}
    delivery = tiny.land(
        tiny.write(
            row(上报时间="03/02/2026 08:05"), row(上报时间="12/31/2026 11:59:59 PM"), row(上报时间="31/31/2026 08:00")
        )
    )
    assert tiny.accepted(delivery)["reported_at"].to_list() == [
        datetime(2026, 2, 3, 8, 5),
        datetime(2026, 12, 31, 23, 59, 59),
    ]
    assert tiny.faults(delivery) == [(4, "type-error", "reported_at", "31/31/2026 08:00")]


def test_a_map_rejects_keeps_or_blanks_what_it_does_not_name(tiny: TinyCity) -> None:
    results = {}
    for otherwise in ("reject", "keep", "blank"):
        tiny.columns["unit_code"] = {"column": "单位", "map": {"甲": "D1", "乙": None}, "otherwise": otherwise}
        delivery = tiny.land(tiny.write(row(单位="甲"), row(单位="乙"), row(单位="S1"), row(单位="丙")))
        results[otherwise] = (tiny.accepted(delivery)["unit_code"].to_list(), [f[1] for f in tiny.faults(delivery)])
    assert results == {
        "reject": (["D1", None], ["unknown-value", "unknown-value"]),
        "keep": (["D1", None, "S1"], ["foreign-key-error"]),
        "blank": (["D1", None, None, None], []),
    }


def test_a_map_to_booleans_also_knows_full_width_keys(tiny: TinyCity) -> None:
    tiny.columns["is_urgent"] = {"column": "紧急", "map": {"1": True, "2": False}}
    delivery = tiny.land(tiny.write(row(紧急="1"), row(紧急="２"), row(紧急="3")))
    assert tiny.accepted(delivery)["is_urgent"].to_list() == [True, False]
    assert tiny.faults(delivery) == [(4, "unknown-value", "is_urgent", "3")]


def test_blank_if_is_a_flagged_repair(tiny: TinyCity) -> None:
    tiny.columns["unit_code"] = {"column": "单位", "blank_if": ["无", "-"]}
    tiny.columns["rework_count"] = {"column": "返工", "blank_if": ["无"]}
    delivery = tiny.land(tiny.write(row(单位="无", 返工="无 "), row(单位="-"), row(), row(单位="无", 返工="x")))
    frame = tiny.accepted(delivery)
    assert frame["repairs"].to_list() == ["blank_if:rework_count,blank_if:unit_code", "blank_if:unit_code", None]
    assert frame["unit_code"].to_list() == [None, None, "D1"]
    assert frame["rework_count"].to_list() == [None, 0, 0]
    assert (delivery.repaired, delivery.accepted, delivery.rejected) == (2, 3, 1)


def test_row_filters_count_out_of_scope(tiny: TinyCity) -> None:
    tiny.source["only_rows"] = [{"column": "内容", "contains": "灯"}, {"column": "大类", "one_of": ["01", "02"]}]
    delivery = tiny.land(tiny.write(row(), row(内容="垃圾"), row(大类="99"), row(返工="x"), row(内容="")))
    assert (delivery.rows, delivery.accepted, delivery.rejected, delivery.out_of_scope) == (2, 1, 1, 3)


def test_times_of_another_zone_become_local_times_of_the_city(tiny: TinyCity) -> None:
    tiny.source["time_zone"] = "UTC"
    tiny.columns["closed_at"] = {"column": "结案", "formats": ["%Y-%m-%dT%H:%M:%S%z"]}
    headers = ("编号", "大类", "区域", "单位", "上报时间", "返工", "紧急", "内容", "结案")
    delivery = tiny.land(tiny.write((*row(), "2026-10-01T09:00:00+0100"), headers=headers))
    assert tiny.accepted(delivery)["reported_at"].to_list() == [datetime(2026, 10, 1, 16)]
    assert tiny.accepted(delivery)["closed_at"].to_list() == [datetime(2026, 10, 1, 16)]


def test_an_hour_that_does_not_exist_is_rejected_and_a_doubled_one_is_the_earlier(tiny: TinyCity) -> None:
    tiny.source["time_zone"] = "America/New_York"
    delivery = tiny.land(tiny.write(row(上报时间="2026-03-08 02:30:00"), row(上报时间="2026-11-01 01:30:00")))
    assert [fault[:2] for fault in tiny.faults(delivery)] == [(2, "type-error")]
    assert tiny.accepted(delivery)["reported_at"].to_list() == [datetime(2026, 11, 1, 13, 30)]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Type.INTEGER, "5.00", 5),
        (Type.INTEGER, "5.5", None),
        (Type.INTEGER, "99999999999999999999", None),
        (Type.DECIMAL, "12.3400", Decimal("12.34")),
        (Type.DECIMAL, "12,34", None),
        (Type.FLOAT, "nan", None),
        (Type.FLOAT, "inf", None),
        (Type.FLOAT, "116.5", 116.5),
        (Type.DATE, "2026/1/5", date(2026, 1, 5)),
        (Type.DATE, "2026年1月5日", date(2026, 1, 5)),
        (Type.DATE, "2026-02-30", None),
        (Type.TIME, "8:30", "08:30"),
        (Type.TIME, "24:00", None),
        (Type.TIMESTAMP, "2026-01-05", datetime(2026, 1, 5)),
        (Type.TIMESTAMP, "2026-01-05T08:00:00.5", datetime(2026, 1, 5, 8, 0, 0, 500000)),
        (Type.BOOLEAN, "Y", True),
        (Type.BOOLEAN, "否", False),
        (Type.BOOLEAN, "2", None),
    ],
)
def test_casts(kind: Type, text: str, value: object) -> None:
    reading = Reading.of(kind, (), SHANGHAI, is_sheet=False)
    frame = pl.DataFrame({"t": [text]})
    assert frame.select(cast_text(pl.col("t"), reading, careful=True)).item() == value


def test_a_constant_that_cannot_be_is_refused_before_any_row(tiny: TinyCity) -> None:
    tiny.columns["channel"] = {"value": "letters"}
    with pytest.raises(UsageError, match="channel"):
        tiny.land(tiny.write(row()))


def test_only_columns_of_the_contract_are_kept_with_updates_and_deletions(tiny: TinyCity) -> None:
    tiny.columns |= {"updated_at": "更新", "is_deleted": "删除"}
    tiny.source |= {"ignore": ["备注"], "extracted_at": {"from_file_name": r"_(\d{8})\.", "formats": ["%Y%m%d"]}}
    headers = (*("编号", "大类", "区域", "单位", "上报时间", "返工", "紧急", "内容"), "更新", "删除", "备注")
    delivery = tiny.land(
        tiny.write((*row(), "2026-10-03 10:00:00", "是", "不要"), headers=headers, name="cases_20261101.csv")
    )
    frame = tiny.accepted(delivery)
    assert frame.columns == lake_schema(DELIVERED["cases"]).names()
    assert frame.select("updated_at", "is_deleted", "extracted_at").row(0) == (
        datetime(2026, 10, 3, 10),
        True,
        datetime(2026, 11, 1),
    )
    assert delivery.extracted_at == datetime(2026, 11, 1)


NO_IDS = ["NULL", "null", "N/A", "#N/A", "#REF!", "-", "无", "'A1", "=A1", "A1\u200b", "\u200eA1"]


@pytest.mark.parametrize("text", NO_IDS)
def test_what_is_no_id_makes_no_case(tiny: TinyCity, text: str) -> None:
    """Cases called NULL would all be one case, and 'A1 another one than A1."""
    delivery = tiny.land(tiny.write(row(编号=text), row(编号="A2")))
    assert tiny.accepted(delivery)["case_id"].to_list() == ["A2"]
    assert tiny.faults(delivery) == [(2, "type-error", "case_id", text)]


def test_a_case_is_no_duplicate_of_null_and_the_source_may_say_what_means_nothing(tiny: TinyCity) -> None:
    tiny.columns["duplicate_of"] = "重复"
    headers = (*HEADERS, "重复")
    file = tiny.write((*row(), "NULL"), (*row(编号="A2"), ""), (*row(编号="A3"), "A2"), headers=headers)
    delivery = tiny.land(file)
    assert tiny.accepted(delivery).select("case_id", "duplicate_of").rows() == [("A2", None), ("A3", "A2")]
    assert tiny.faults(delivery) == [(2, "type-error", "duplicate_of", "NULL")]
    tiny.columns["duplicate_of"] = {"column": "重复", "blank_if": ["NULL"]}
    assert tiny.accepted(tiny.land(file))["duplicate_of"].to_list() == [None, None, "A2"]


@pytest.mark.parametrize("text", ["NA-1", "N12", "无锡001", "SR-13/001", "#12", "空调1", "-1"])
def test_ids_that_only_look_odd_are_ids(tiny: TinyCity, text: str) -> None:
    assert tiny.accepted(tiny.land(tiny.write(row(编号=text))))["case_id"].to_list() == [text]
