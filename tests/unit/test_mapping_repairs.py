"""Repair rules: another way to fill a cell, and the flag that says so."""

from __future__ import annotations

from datetime import datetime

from tests.unit.conftest import HEADERS, TinyCity, row


def test_repairs_are_tried_in_order_where_the_cell_is_unreadable_or_blank(tiny: TinyCity) -> None:
    tiny.columns["reported_at"] = {
        "column": "上报时间",
        "repairs": [
            {"column": "受理时间", "flag": "reported_when_accepted"},
            {"column": "编号", "extract": r"^(\d{8})", "formats": ["%Y%m%d"], "flag": "day_from_case_id"},
        ],
    }
    headers = (*HEADERS, "受理时间")
    delivery = tiny.land(
        tiny.write(
            (*row(), "2026-10-01 09:00:00"),
            (*row(上报时间="信义区"), "2026-10-01 09:00:00"),
            (*row(上报时间="", 编号="20261005017"), "x"),
            (*row(上报时间="?", 编号="2026-10"), ""),
            headers=headers,
        )
    )
    frame = tiny.accepted(delivery)
    assert frame["reported_at"].to_list() == [
        datetime(2026, 10, 1, 8),
        datetime(2026, 10, 1, 9),
        datetime(2026, 10, 5),
    ]
    assert frame["repairs"].to_list() == [None, "reported_when_accepted", "day_from_case_id"]
    assert (delivery.accepted, delivery.repaired, delivery.rejected) == (3, 2, 1)
    assert tiny.faults(delivery) == [(5, "type-error", "reported_at", "?")]


def test_a_repair_with_a_pattern_holds_where_the_text_matches_though_it_could_be_read(tiny: TinyCity) -> None:
    """An id that Excel turned to scientific notation is readable text, and no id."""
    tiny.columns["case_id"] = {
        "column": "编号",
        "repairs": [{"columns": ["区域", "大类"], "join": "", "if_matches": r"^\d\.\d+E\+\d+$", "flag": "id_rebuilt"}],
    }
    delivery = tiny.land(
        tiny.write(row(编号="2.02504E+12"), row(编号="2025"), row(编号=""), row(编号="2.02504E+12", 区域=""))
    )
    frame = tiny.accepted(delivery)
    assert frame.select("case_id", "repairs").rows() == [("S101", "id_rebuilt"), ("2025", None)]
    assert tiny.faults(delivery) == [
        (4, "missing-value", "case_id", None),
        (5, "type-error", "case_id", "2.02504E+12"),
    ]


def test_a_text_that_matches_is_not_used_even_where_no_repair_works(tiny: TinyCity) -> None:
    tiny.columns["rework_count"] = {
        "column": "返工",
        "repairs": [{"column": "内容", "if_matches": "^99$", "flag": "from_text"}],
    }
    delivery = tiny.land(tiny.write(row(返工="99"), row(返工="99", 内容="4"), row(返工="9"), row(返工="")))
    assert tiny.accepted(delivery).select("rework_count", "repairs").rows() == [
        (4, "from_text"),
        (9, None),
        (None, None),
    ]
    assert tiny.faults(delivery) == [(2, "type-error", "rework_count", "99")]


def test_a_constant_may_repair_and_the_repaired_value_keeps_the_contract_s_rules(tiny: TinyCity) -> None:
    tiny.columns["rework_count"] = {"column": "返工", "repairs": [{"column": "大类", "flag": "from_class"}]}
    tiny.columns["unit_code"] = {
        "column": "单位",
        "map": {"甲": "D1"},
        "repairs": [{"value": "CITY", "flag": "to_the_city"}],
    }
    delivery = tiny.land(
        tiny.write(
            row(单位="甲"), row(单位="乙"), row(单位=""), row(单位="甲", 返工="x"), row(单位="甲", 返工="x", 大类="-1")
        )
    )
    frame = tiny.accepted(delivery)
    assert frame["unit_code"].to_list() == ["D1", "CITY", "CITY", "D1"]
    assert frame["rework_count"].to_list() == [0, 0, 0, 1]
    assert frame["repairs"].to_list() == [None, "to_the_city", "to_the_city", "from_class"]
    assert sorted(fault[1:3] for fault in tiny.faults(delivery)) == [
        ("constraint-error", "rework_count"),
        ("foreign-key-error", "category_code"),
    ]


def test_the_flags_of_a_row_are_sorted_and_each_stands_once(tiny: TinyCity) -> None:
    shifted = {"value": "D1", "flag": "shifted"}
    tiny.columns["unit_code"] = {"column": "单位", "repairs": [shifted]}
    tiny.columns["reported_at"] = {
        "column": "上报时间",
        "repairs": [{"column": "返工", "flag": "shifted", "formats": ["%Y%m%d"]}],
    }
    tiny.columns["rework_count"] = {"column": "返工", "extract": r"^(\d)$", "otherwise": "blank"}
    delivery = tiny.land(tiny.write(row(单位="", 上报时间="路", 返工="２０２６１００１"), row(返工="３")))
    assert tiny.accepted(delivery).select("reported_at", "rework_count", "repairs").rows() == [
        (datetime(2026, 10, 1), None, "full_width:reported_at,shifted"),
        (datetime(2026, 10, 1, 8), 3, "full_width:rework_count"),
    ]


def test_an_optional_column_that_is_not_there_can_be_filled_by_a_repair(tiny: TinyCity) -> None:
    tiny.columns["accepted_at"] = {
        "column": "受理时间",
        "optional": True,
        "repairs": [{"column": "上报时间", "flag": "accepted_when_reported"}],
    }
    delivery = tiny.land(tiny.write(row()))
    assert tiny.accepted(delivery).select("accepted_at", "repairs").row(0) == (
        datetime(2026, 10, 1, 8),
        "accepted_when_reported",
    )
    assert "受理时间" in delivery.warnings[0]


def test_blank_if_with_a_repair_bears_the_repair_s_flag_only(tiny: TinyCity) -> None:
    tiny.columns["unit_code"] = {
        "column": "单位",
        "blank_if": ["无"],
        "repairs": [{"column": "区域", "flag": "unit_is_area"}],
    }
    delivery = tiny.land(tiny.write(row(单位="无"), row(单位="无", 区域="")))
    assert tiny.accepted(delivery).select("unit_code", "repairs").rows() == [
        ("S1", "unit_is_area"),
        (None, "blank_if:unit_code"),
    ]
