"""The vocabulary of sources/*.yaml for single cells: names, joined columns, extraction, ways to write a time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contracts import Type
from pipelines.errors import UsageError
from pipelines.ingest.cast import Reading, cast_text, doubtful
from pipelines.ingest.judge import judge
from pipelines.ingest.mapping import Plan, make_plan
from pipelines.ingest.moments import midnight_24
from pipelines.settings import CityHome
from tests.unit.conftest import HEADERS, TinyCity, row

SHANGHAI = ("Asia/Shanghai", "Asia/Shanghai")


def _read(
    text: str, formats: tuple[str, ...], kind: Type = Type.TIMESTAMP, zones: tuple[str, str] = SHANGHAI
) -> object:
    reading = Reading.of(kind, formats, zones, is_sheet=False)
    return pl.DataFrame({"t": [text]}).select(cast_text(pl.col("t"), reading, careful=True)).item()


def test_a_column_may_have_had_several_names(tiny: TinyCity) -> None:
    tiny.columns["case_id"] = {"column": ["工单编号", "编号"]}
    assert tiny.accepted(tiny.land(tiny.write(row())))["case_id"].to_list() == ["A1"]
    renamed = tuple("工单编号" if name == "编号" else name for name in HEADERS)
    assert tiny.accepted(tiny.land(tiny.write(row(编号="B2"), headers=renamed, name="b.csv")))["case_id"][0] == "B2"


@pytest.mark.parametrize(
    ("headers", "reason", "label"),
    [
        (("号", *HEADERS[1:]), "missing-label", "工单编号/编号"),
        ((*HEADERS, "工单编号"), "duplicate-label", "工单编号/编号"),
    ],
)
def test_of_several_names_exactly_one_must_be_there(
    tiny: TinyCity, headers: tuple[str, ...], reason: str, label: str
) -> None:
    tiny.columns["case_id"] = {"column": ["工单编号", "编号"]}
    delivery = tiny.land(tiny.write((*row(), "A1")[: len(headers)], headers=headers))
    assert delivery.state == "refused"
    assert (reason, label) in tiny.rejected(delivery).select("reason", "column_name").rows()


def test_two_columns_become_one_time_and_a_blank_one_makes_it_blank(tiny: TinyCity) -> None:
    tiny.columns["closed_at"] = {"columns": ["日期", "时间"], "formats": ["%Y%m%d %H%M%S"]}
    headers = (*HEADERS, "日期", "时间")
    delivery = tiny.land(
        tiny.write(
            (*row(), " 20250930 ", "235134"),
            (*row(), "20250930", ""),
            (*row(), "20250930", "2351xx"),
            (*row(), "", ""),
            headers=headers,
        )
    )
    assert tiny.accepted(delivery)["closed_at"].to_list() == [datetime(2025, 9, 30, 23, 51, 34), None, None]
    assert tiny.faults(delivery) == [(4, "type-error", "closed_at", "20250930 2351xx")]


def test_the_text_between_columns_is_as_declared(tiny: TinyCity) -> None:
    tiny.columns["case_id"] = {"columns": ["区域", "编号"], "join": "-"}
    assert tiny.accepted(tiny.land(tiny.write(row())))["case_id"].to_list() == ["S1-A1"]


def test_extract_takes_what_stands_in_the_brackets(tiny: TinyCity) -> None:
    for otherwise, expected in {"reject": ["S1"], "blank": ["S1", None], "keep": ["S1"]}.items():
        tiny.columns["area_code"] = {"column": "区域", "extract": r"区\((\w+)\)", "otherwise": otherwise}
        delivery = tiny.land(tiny.write(row(区域="南区(S1)"), row(区域="不明")))
        assert tiny.accepted(delivery)["area_code"].to_list() == expected
    assert tiny.faults(delivery) == [(3, "foreign-key-error", "area_code", "不明")]


def test_extract_that_does_not_match_is_a_fault_and_a_blank_cell_is_none(tiny: TinyCity) -> None:
    tiny.columns["rework_count"] = {"column": "返工", "extract": r"(\d+)次"}
    delivery = tiny.land(tiny.write(row(返工="共3次"), row(返工="三"), row(返工=""), row(返工="共１２次")))
    frame = tiny.accepted(delivery)
    assert frame["rework_count"].to_list() == [3, None, 12]
    assert frame["repairs"].to_list() == [None, None, "full_width:rework_count"]
    assert tiny.faults(delivery) == [(3, "type-error", "rework_count", "三")]


def test_extract_comes_before_map(tiny: TinyCity) -> None:
    tiny.columns["unit_code"] = {"column": "单位", "extract": "^(..)", "map": {"城管": "D1"}}
    delivery = tiny.land(tiny.write(row(单位="城管局三科"), row(单位="水务局")))
    assert tiny.accepted(delivery)["unit_code"].to_list() == ["D1"]
    assert tiny.faults(delivery) == [(3, "unknown-value", "unit_code", "水务局")]


# Each epoch checked against Python's own clock.
MOMENT = datetime(2016, 10, 1, 0, 0, 0, 123456, tzinfo=UTC)
LOCAL = MOMENT.astimezone(ZoneInfo("Asia/Shanghai")).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("text", "formats", "value"),
    [
        (str(int(MOMENT.timestamp())), ("epoch_seconds",), LOCAL.replace(microsecond=0)),
        ("1475280000.123456", ("epoch_seconds",), LOCAL),
        ("1475280000123", ("epoch_milliseconds",), LOCAL.replace(microsecond=123000)),
        ("1e300", ("epoch_seconds",), None),
        ("-62135596801", ("epoch_seconds",), None),
        ("42370.5", ("excel_serial",), datetime(2016, 1, 1, 12)),
        ("42370.7557523148", ("excel_serial",), datetime(2016, 1, 1, 18, 8, 17)),
        ("60", ("excel_serial",), None),  # Excel's 29 February 1900
        ("2016-01-01T00:00:00Z", ("iso_8601",), datetime(2016, 1, 1, 8)),
        ("2016-01-01T00:00:00.5-05:00", ("iso_8601",), datetime(2016, 1, 1, 13, 0, 0, 500000)),
        ("2016-01-01 08:00+0100", ("iso_8601",), datetime(2016, 1, 1, 15)),
        ("2016-01-01T08:00:00.123", ("iso_8601",), datetime(2016, 1, 1, 8, 0, 0, 123000)),
        ("2016-01-01T08:00", ("iso_8601",), datetime(2016, 1, 1, 8)),
        ("20160101T080000Z", ("iso_8601",), datetime(2016, 1, 1, 16)),
        ("2016-01-01", ("iso_8601",), datetime(2016, 1, 1)),
        ("2016-01-01T00:00:00Z", ("%Y-%m-%dT%H:%M:%S%z",), datetime(2016, 1, 1, 8)),
        ("01/02/2016 12:05:00 AM", ("%m/%d/%Y %I:%M:%S %p",), datetime(2016, 1, 2, 0, 5)),
        ("1/2/2016 1:05 p.m.", ("%m/%d/%Y %I:%M %p",), datetime(2016, 1, 2, 13, 5)),
        ("2016/1/2 上午 12:05:06", ("%Y/%m/%d %p %I:%M:%S",), datetime(2016, 1, 2, 0, 5, 6)),
        ("2016/1/2 下午 01:05:06", ("%Y/%m/%d %p %I:%M:%S",), datetime(2016, 1, 2, 13, 5, 6)),
        ("2016-01-02 08:00:00.25", ("%Y-%m-%d %H:%M:%S.%f",), datetime(2016, 1, 2, 8, 0, 0, 250000)),
        ("20200501 000400.0", ("%Y%m%d %H%M%S", "%Y%m%d %H%M%S.%f"), datetime(2020, 5, 1, 0, 4)),
    ],
)
def test_ways_to_write_a_moment(text: str, formats: tuple[str, ...], value: datetime | None) -> None:
    assert _read(text, formats) == value


@pytest.mark.parametrize(
    ("kind", "text", "formats", "value"),
    [
        (Type.DATE, "1475337600", ("epoch_seconds",), date(2016, 10, 2)),  # 16:00 UTC is the next day in Shanghai
        (Type.DATE, "42370.9", ("excel_serial",), date(2016, 1, 1)),
        (Type.DATE, "2016-01-01T20:00:00Z", ("iso_8601",), date(2016, 1, 2)),
        (Type.DATE, "2016/1/1 下午 1:05:06", ("%Y/%m/%d %p %I:%M:%S",), date(2016, 1, 1)),
        (Type.TIME, "0.5", ("excel_serial",), "12:00"),
        (Type.TIME, "下午 1:05", ("%p %I:%M",), "13:05"),
        (Type.TIME, "1:05 PM", ("%I:%M %p",), "13:05"),
    ],
)
def test_ways_to_write_a_day_or_a_time_of_day(kind: Type, text: str, formats: tuple[str, ...], value: object) -> None:
    assert _read(text, formats, kind) == value


def test_only_texts_without_an_offset_are_in_the_source_s_zone() -> None:
    zones = ("America/Chicago", "Asia/Shanghai")
    assert _read("2016-01-01T00:00:00", ("iso_8601",), zones=zones) == datetime(2016, 1, 1, 14)
    assert _read("2016-01-01T00:00:00+00:00", ("iso_8601",), zones=zones) == datetime(2016, 1, 1, 8)
    assert _read("1451606400", ("epoch_seconds",), zones=zones) == datetime(2016, 1, 1, 8)
    assert _read("42370", ("excel_serial",), zones=zones) == datetime(2016, 1, 1, 14)


@pytest.mark.parametrize(
    ("text", "formats", "value"),
    [
        ("2016-12-31 24:00", (), datetime(2017, 1, 1)),
        ("2016-02-28 24:00:00", (), datetime(2016, 2, 29)),
        ("2016年12月31日 24:00:00", (), datetime(2017, 1, 1)),
        ("2016-12-31T24:00:00", ("iso_8601",), datetime(2017, 1, 1)),
        ("20161231 240000", ("%Y%m%d %H%M%S",), datetime(2017, 1, 1)),
        ("20161231240000", ("%Y%m%d%H%M%S",), datetime(2017, 1, 1)),
        ("2016-12-31 24:00:30", (), None),
        ("2016-12-31 24:01", (), None),
        ("2016-12-31 25:00", (), None),
        ("2400-01-05 00:00", (), None),  # a year, and readable as it stands
        ("1451606400", ("epoch_seconds",), None),
    ],
)
def test_24_00_is_the_next_day_s_midnight(text: str, formats: tuple[str, ...], value: datetime | None) -> None:
    reading = Reading.of(Type.TIMESTAMP, formats, SHANGHAI, is_sheet=False)
    assert pl.DataFrame({"t": [text]}).select(midnight_24(pl.col("t"), reading.formats, SHANGHAI)).item() == value


def test_a_day_may_stand_for_its_last_second(tiny: TinyCity) -> None:
    tiny.columns["due_at"] = {"column": "期限", "formats": ["%Y-%m-%d", "%Y-%m-%d %H:%M"], "end_of_day": True}
    told = ("2026-10-03", "2026-12-31 00:00", "2026-10-03 08:15", "")
    rows = [(*row(编号=f"A{i}"), text) for i, text in enumerate(told)]
    frame = tiny.accepted(tiny.land(tiny.write(*rows, headers=(*HEADERS, "期限"))))
    days = [datetime(2026, 10, 3, 23, 59, 59), datetime(2026, 12, 31, 23, 59, 59), datetime(2026, 10, 3, 8, 15), None]
    assert frame["due_at"].to_list() == days


def test_end_of_day_is_for_moments(tiny: TinyCity) -> None:
    tiny.columns["rework_count"] = {"column": "返工", "end_of_day": True}
    with pytest.raises(UsageError, match="end_of_day"):
        tiny.load()


def test_24_00_is_a_flagged_repair(tiny: TinyCity) -> None:
    delivery = tiny.land(
        tiny.write(
            row(上报时间="2026-12-31 24:00"),
            row(),
            row(上报时间="２０２６-12-31 24:00"),
            row(上报时间="2026-12-31 24:10"),
        )
    )
    frame = tiny.accepted(delivery)
    assert frame["reported_at"].to_list() == [datetime(2027, 1, 1), datetime(2026, 10, 1, 8), datetime(2027, 1, 1)]
    assert frame["repairs"].to_list() == ["midnight_24:reported_at", None, "midnight_24:reported_at"]
    assert (delivery.repaired, delivery.rejected) == (2, 1)


def test_full_width_cells_are_flagged_repairs_and_free_text_keeps_its_form(tiny: TinyCity) -> None:
    delivery = tiny.land(
        tiny.write(
            row(返工="１２", 内容="路灯３号"),
            row(单位="Ｄ１", 内容="ＡＢ"),
            row(单位="Ｄ９"),
            row(编号="Ａ４", 返工="5.0"),
        )
    )
    frame = tiny.accepted(delivery)
    assert frame["repairs"].to_list() == ["full_width:rework_count", "full_width:unit_code", None]
    assert frame["unit_code"].to_list() == ["D1", "D1", "D1"]
    assert frame["case_id"].to_list() == ["A1", "A1", "Ａ４"]
    assert frame["summary"][1] == "ＡＢ"
    assert delivery.repaired == 2
    assert tiny.faults(delivery) == [(4, "foreign-key-error", "unit_code", "Ｄ９")]


def test_blank_if_holds_for_each_of_joined_cells(tiny: TinyCity) -> None:
    tiny.columns["closed_at"] = {"columns": ["日期", "时间"], "formats": "%Y-%m-%d %H:%M", "blank_if": ["-", 0]}
    headers = (*HEADERS, "日期", "时间")
    delivery = tiny.land(
        tiny.write(
            (*row(), "2026-10-02", "09:30"), (*row(), "-", "09:30"), (*row(), "2026-10-02", "0"), headers=headers
        )
    )
    frame = tiny.accepted(delivery)
    assert frame["closed_at"].to_list() == [datetime(2026, 10, 2, 9, 30), None, None]
    assert frame["repairs"].to_list() == [None, "blank_if:closed_at", "blank_if:closed_at"]


@pytest.mark.parametrize(
    ("test", "kept"),
    [
        ({"matches": "^路灯"}, ["A", "B"]),
        ({"matches": r"\d"}, ["B"]),
        ({"not_blank": True}, ["A", "B", "D"]),
        ({"equals": ""}, ["C"]),
        ({"one_of": ["垃圾", "路灯"]}, ["A", "D"]),
    ],
)
def test_row_filters(tiny: TinyCity, test: dict[str, object], kept: list[str]) -> None:
    tiny.source["only_rows"] = [{"column": ["描述", "内容"], **test}]
    delivery = tiny.land(
        tiny.write(
            row(编号="A", 内容="路灯"), row(编号="B", 内容="路灯3"), row(编号="C", 内容=" "), row(编号="D", 内容="垃圾")
        )
    )
    assert tiny.accepted(delivery)["case_id"].to_list() == kept
    assert (delivery.rows, delivery.out_of_scope) == (len(kept), 4 - len(kept))


def test_constants_may_be_days_and_truth_values(tiny: TinyCity) -> None:
    tiny.columns |= {"due_at": {"value": date(2026, 11, 1)}, "is_valid": {"value": True}, "return_count": {"value": 2}}
    frame = tiny.accepted(tiny.land(tiny.write(row())))
    assert frame.select("due_at", "is_valid", "return_count").row(0) == (datetime(2026, 11, 1), True, 2)


def test_ignore_takes_globs_in_letter_and_case(tiny: TinyCity) -> None:
    tiny.source["ignore"] = ["备注*", "Zone[1]", "X?"]
    headers = (*HEADERS, "备注一", "备注", "Zone[1]", "X1")
    assert tiny.land(tiny.write((*row(), "", "", "", ""), headers=headers)).state == "accepted"
    delivery = tiny.land(tiny.write((*row(), ""), headers=(*HEADERS, "x1"), name="b.csv"))
    assert [fault[1:3] for fault in tiny.faults(delivery)] == [("extra-label", "x1")]


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ({"value": 7, "map": {"a": 1}}, "a constant"),
        ({"column": "返工", "join": "-"}, "columns"),
        ({"column": "返工", "otherwise": "blank"}, "neither"),
        ({"column": "返工", "key_of": ["编号"]}, "exactly one of"),
        ({"key_of": ["编号"], "map": {"a": 1}}, "key_of makes a key"),
        ({"column": "返工", "extract": "no brackets"}, "a pair of brackets"),
        ({"column": "返工", "extract": "(?=a)(b)"}, "look-ahead"),
        ({"column": "返工", "extract": "(a"}, "regular expression"),
        ({"column": "返工", "formats": ["iso8601"]}, "did you mean 'iso_8601'"),
        ({"column": "返工", "formats": ["%I:%M"]}, "12-hour"),
    ],
)
def test_a_mapping_that_says_two_things_or_nothing_is_refused(
    tiny: TinyCity, column: dict[str, object], what: str
) -> None:
    tiny.columns["rework_count"] = column
    with pytest.raises(UsageError, match=r"columns\.rework_count") as caught:
        tiny.load()
    assert what in str(caught.value)


CELLS = {
    "返工": ["0", "3", "５", "5.0", "", "无", "x", " 7", "-1"],
    "单位": ["D1", "Ｄ１", "", "城管(D1)", "甲", "Q"],
    "上报时间": ["2026-10-01 08:00:00", "2026-10-01 24:00", "2026/10/01 8:00", "２０２６-10-01", "", "?"],
    "紧急": ["是", "否", "Ｙ", "", "也许"],
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A plan in which each kind of setting occurs."""
    root = tmp_path_factory.mktemp("property")
    tiny = TinyCity(folder=root / "tiny", home=CityHome(root / "home"))
    tiny.columns |= {
        "rework_count": {
            "column": "返工",
            "blank_if": ["无"],
            "repairs": [{"value": 0, "flag": "none_given", "if_matches": "^-"}, {"column": "编号", "flag": "other"}],
        },
        "unit_code": {
            "column": "单位",
            "extract": r"(\w\d)",
            "otherwise": "keep",
            "repairs": [{"value": "D1", "flag": "to_bureau"}],
        },
        "is_urgent": {"column": "紧急", "map": {"是": True, "否": False, "Y": True}, "otherwise": "blank"},
    }
    city = tiny.load()
    return make_plan(city, city.sources["hotline"], HEADERS, is_sheet=False)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.fixed_dictionaries({name: st.sampled_from(cells) for name, cells in CELLS.items()}), min_size=1)
)
def test_what_becomes_of_a_row_does_not_depend_on_the_rows_beside_it(plan: Plan, rows: list[dict[str, str]]) -> None:
    """The quick way, the careful way and its short cuts are one set of rules."""
    raw = pl.DataFrame(
        [{f"c{i}": cell or None for i, cell in enumerate(row(**cells))} for cells in rows],
        schema={f"c{i}": pl.String for i in range(len(HEADERS))},
    ).with_row_index("__row", offset=2)
    together = judge(raw, plan)
    apart = [judge(raw[i : i + 1], plan) for i in range(raw.height)]
    assert together.good.equals(pl.concat([one.good for one in apart]))
    assert together.faults.equals(pl.concat([one.faults for one in apart]))
    assert together.good.height + together.faults["source_row"].n_unique() == raw.height


@pytest.mark.parametrize("kind", [Type.TIMESTAMP, Type.DATE])
@pytest.mark.parametrize("text", ["26-10-01", "226-10-01", "-2026-10-01", "01-10-26"])
def test_a_year_has_four_digits(kind: Type, text: str) -> None:
    assert _read(text, (), kind) is None
    quick = cast_text(pl.col("t"), Reading.of(kind, (), SHANGHAI, is_sheet=False), careful=False)
    assert pl.DataFrame({"t": [text]}).select(quick.is_null() | doubtful(quick, kind)).item(), "the careful way looks"


def test_a_year_of_two_digits_is_read_where_the_source_says_so_even_as_its_second_format() -> None:
    assert _read("26-10-01", ("%Y-%m-%d", "%y-%m-%d")) == datetime(2026, 10, 1)
    assert _read("26-10-01", ("%Y-%m-%d", "%y-%m-%d"), Type.DATE) == date(2026, 10, 1)
