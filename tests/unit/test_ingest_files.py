"""Files: encodings, separators, compression, workbooks, damage."""

from __future__ import annotations

import gzip
from datetime import date, datetime, time
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from polars.testing import assert_frame_equal

from tests.unit.conftest import GOOD_ROW, HEADERS, TinyCity, row

TEXT = "".join(",".join(cells) + "\n" for cells in (HEADERS, row(), row(编号="A2")))


def _bytes(tiny: TinyCity, content: bytes, name: str = "cases.csv") -> Path:
    path = tiny.inputs / name
    path.write_bytes(content)
    return path


GOOD_FILES: dict[str, tuple[dict[str, object], bytes]] = {
    "utf-8": ({}, TEXT.encode()),
    "bom": ({}, b"\xef\xbb\xbf" + TEXT.encode()),
    "bom-though-gb18030-is-declared": ({"csv": {"encoding": "gb18030"}}, b"\xef\xbb\xbf" + TEXT.encode()),
    "crlf": ({}, TEXT.replace("\n", "\r\n").encode()),
    "no-last-line-end": ({}, TEXT.rstrip("\n").encode()),
    "gzip": ({}, gzip.compress(TEXT.encode())),
    "gb18030": ({"csv": {"encoding": "gb18030"}}, TEXT.encode("gb18030")),
    "gb18030-gzip": ({"csv": {"encoding": "gb18030"}}, gzip.compress(TEXT.encode("gb18030"))),
    "utf-16": ({"csv": {"encoding": "utf-16"}}, TEXT.encode("utf-16")),
    "semicolon": ({"csv": {"delimiter": ";"}}, TEXT.replace(",", ";").encode()),
    "tab-without-quotes": ({"csv": {"delimiter": "\t", "quote": ""}}, TEXT.replace(",", "\t").encode()),
    "single-quotes": ({"csv": {"quote": "'"}}, TEXT.replace("路灯不亮", "'路灯不亮'").encode()),
    "blank-lines": ({}, (TEXT + "\n,,,,,,,\n").encode()),
}


@pytest.mark.parametrize(("settings", "content"), GOOD_FILES.values(), ids=GOOD_FILES)
def test_the_same_rows_whatever_the_file(tiny: TinyCity, settings: dict[str, object], content: bytes) -> None:
    tiny.source |= settings
    delivery = tiny.land(_bytes(tiny, content))
    frame = tiny.accepted(delivery)
    assert frame.select("case_id", "summary", "source_row").rows() == [("A1", "路灯不亮", 2), ("A2", "路灯不亮", 3)]
    assert (delivery.rows, delivery.rejected, delivery.state) == (2, 0, "accepted")


LONG = (TEXT + TEXT.split("\n", 1)[1] * 20_000).encode()
BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "empty": ("cases.csv", b"", "empty-file"),
    "only-line-ends": ("cases.csv", b"\n\n", "empty-file"),
    "wrong-encoding": ("cases.csv", TEXT.encode("gb18030"), "wrong-encoding"),
    "gzip-cut-off": ("cases.csv.gz", gzip.compress(LONG)[:-40], "unreadable-file"),
    "gzip-cut-in-the-header": ("cases.csv.gz", gzip.compress(LONG)[:15], "unreadable-file"),
    "not-a-workbook": ("cases.xlsx", b"PK\x03\x04 no workbook", "unreadable-file"),
    "empty-workbook": ("cases.xlsx", b"", "empty-file"),
}


@pytest.mark.parametrize(("name", "content", "reason"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_damaged_file_is_refused_with_its_reason(tiny: TinyCity, name: str, content: bytes, reason: str) -> None:
    delivery = tiny.land(_bytes(tiny, content, name))
    assert (delivery.state, list(delivery.reasons)) == ("refused", [reason])
    assert delivery.rows == delivery.accepted + delivery.rejected == sum(delivery.reasons.values())
    assert tiny.rejected(delivery)["reason"].to_list() == [reason]
    assert not (tiny.home.lake / "accepted" / "cases" / f"{delivery.delivery_id}.parquet").exists()
    assert "refused" in tiny.said[-1]


def test_a_record_in_no_known_encoding_is_rejected_alone(tiny: TinyCity) -> None:
    delivery = tiny.land(_bytes(tiny, LONG + b"A9,01,S1,D1,\xff\xfe,0,,\n"))
    assert (delivery.state, delivery.reasons) == ("accepted", {"wrong-encoding": 1})
    assert delivery.rows == delivery.accepted + 1 == LONG.count(b"\n")
    (fault,) = tiny.faults(delivery)
    assert (fault[0], fault[1]) == (LONG.count(b"\n") + 1, "wrong-encoding")


def test_a_quotation_that_never_ends_costs_its_own_line(tiny: TinyCity) -> None:
    delivery = tiny.land(_bytes(tiny, TEXT.replace("A1", '"A1').encode()))
    assert [(number, reason) for number, reason, *_ in tiny.faults(delivery)] == [(2, "broken-quotes")]
    assert tiny.accepted(delivery)["case_id"].to_list() == ["A2"]


def test_a_header_without_rows_is_taken_in_with_a_warning(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write())
    assert (delivery.state, delivery.rows) == ("accepted", 0)
    assert "no data rows" in delivery.warnings[0]
    assert tiny.accepted(delivery).height == 0


def test_quoted_cells_may_hold_separators_line_ends_and_quotes(tiny: TinyCity) -> None:
    content = ",".join(HEADERS) + "\n" + ",".join(GOOD_ROW[:-1]) + ',"一,二\n""三"""\n'
    content += ",".join(row(编号="A2")) + "\n"
    frame = tiny.accepted(tiny.land(_bytes(tiny, content.encode())))
    assert frame.select("case_id", "summary", "source_row").rows() == [("A1", '一,二\n"三"', 2), ("A2", "路灯不亮", 3)]


BROKEN_ROWS = {
    "one-field-too-many": ",".join(row(编号="B")) + ",多余\n",
    "one-blank-field-too-many": ",".join(row(编号="B")) + ",\n",
    "shifted-by-an-unquoted-comma": "B,01,S1,D1,2026-10-01 08:00:00,0,0,是,\n",
    "two-fields-short": ",".join(row(编号="B")[:-2]) + "\n",
}


@pytest.mark.parametrize("line", BROKEN_ROWS.values(), ids=BROKEN_ROWS)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_row_of_another_width_is_rejected_alone(tiny: TinyCity, line: str, place: str) -> None:
    good = [",".join(row(编号="A1")) + "\n", ",".join(row(编号="A2")) + "\n"]
    at = {"first": 0, "middle": 1, "last": 2}[place]
    lines = [*good[:at], line, *good[at:]]
    delivery = tiny.land(_bytes(tiny, (",".join(HEADERS) + "\n" + "".join(lines)).encode()))
    assert tiny.faults(delivery) == [(at + 2, "broken-row", None, f"{line.count(',') + 1} fields, not {len(HEADERS)}")]
    assert tiny.accepted(delivery)["case_id"].to_list() == ["A1", "A2"]
    assert (delivery.rows, delivery.rejected) == (3, 1)


def test_a_blank_last_cell_is_not_a_broken_row(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row(内容=""), row(内容='"引,号"'), row(内容="")))
    assert (delivery.accepted, delivery.rejected) == (3, 0)


HEADER_FAULTS: dict[str, tuple[tuple[str, ...], list[tuple[str, str]], str]] = {
    "missing": (HEADERS[:-1], [("missing-label", "内容")], ""),
    "renamed": ((*HEADERS[:-1], "内容摘要"), [("missing-label", "内容"), ("extra-label", "内容摘要")], "内容摘要"),
    "extra": ((*HEADERS, "电话"), [("extra-label", "电话")], ""),
    "doubled": ((*HEADERS, "单位"), [("duplicate-label", "单位")], ""),
}


@pytest.mark.parametrize(("headers", "faults", "nearest"), HEADER_FAULTS.values(), ids=HEADER_FAULTS)
def test_a_header_at_fault_refuses_the_delivery(
    tiny: TinyCity, headers: tuple[str, ...], faults: list[tuple[str, str]], nearest: str
) -> None:
    cells = tuple("x" for _ in headers)
    delivery = tiny.land(tiny.write(cells, cells, cells, headers=headers))
    assert delivery.state == "refused"
    assert (delivery.rows, delivery.accepted, delivery.rejected) == (3, 0, 3)
    assert delivery.reasons == {faults[0][0]: 3}
    assert [(f[1], f[2]) for f in tiny.faults(delivery)] == faults
    assert nearest in tiny.rejected(delivery)["remedy_zh"][0]


def test_an_optional_column_may_be_absent(tiny: TinyCity) -> None:
    tiny.columns["summary"] = {"column": "内容", "optional": True}
    delivery = tiny.land(tiny.write(GOOD_ROW[:-1], headers=HEADERS[:-1]))
    assert tiny.accepted(delivery)["summary"].to_list() == [None]
    assert any("内容" in warning for warning in delivery.warnings)


def test_a_workbook_reads_like_its_csv(tiny: TinyCity) -> None:
    tiny.columns |= {"longitude": "经度", "grid_code": "网格", "closed_at": "结案"}
    headers = (*HEADERS, "经度", "网格", "结案")
    path = tiny.inputs / "cases.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header)
    for at, case in ((1, "A1"), (3, "A2")):  # row 3 of the sheet is blank
        for column, cell in enumerate(row(编号=case)):
            sheet.write_string(at, column, cell)
        sheet.write_number(at, 5, 2)
        sheet.write_number(at, 8, 116.3470107281118)
        sheet.write_number(at, 9, 21215)
        sheet.write_datetime(at, 10, datetime(2026, 10, 2, 7, 30), moment)
    book.close()
    frame = tiny.accepted(tiny.land(path))
    cells = ("116.3470107281118", "21215", "2026-10-02 07:30:00")
    blank = ("",) * len(headers)
    plain = tiny.write((*row(返工="2"), *cells), blank, (*row(编号="A2", 返工="2"), *cells), headers=headers)
    other = tiny.accepted(tiny.land(plain))
    assert frame["grid_code"].to_list() == ["21215", "21215"]
    assert frame["source_row"].to_list() == [2, 4]
    assert_frame_equal(frame.drop("delivery_id", "source_file"), other.drop("delivery_id", "source_file"))


def test_a_workbook_with_a_title_row_typed_times_and_error_cells(tiny: TinyCity) -> None:
    tiny.source["xlsx"] = {"sheet": "数据", "header_row": 3}
    path = tiny.inputs / "cases.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("说明")
    sheet = book.add_worksheet("数据")
    sheet.write(0, 0, "十月工单")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, header in enumerate(HEADERS):
        sheet.write_string(2, column, header)
    for at in (3, 4):
        for column, cell in enumerate(GOOD_ROW):
            sheet.write_string(at, column, cell)
    sheet.write_datetime(3, 4, datetime.combine(date(2026, 10, 5), time()), day)
    sheet.write_formula(4, 5, "=NA()", None, "#N/A")
    book.close()
    delivery = tiny.land(path)
    assert tiny.accepted(delivery).select("reported_at", "source_row").rows() == [(datetime(2026, 10, 5), 4)]
    assert [fault[:3] for fault in tiny.faults(delivery)] == [(5, "type-error", "rework_count")]


def test_a_sheet_that_is_not_there_is_refused(tiny: TinyCity) -> None:
    tiny.source["xlsx"] = {"sheet": "数据"}
    path = tiny.inputs / "cases.xlsx"
    pl.DataFrame({"a": ["1"]}).write_excel(path, worksheet="别的")
    assert tiny.land(path).reasons == {"missing-sheet": 0}


def _sheets(path: Path, sheets: dict[str, list[tuple[str, ...]]], merge: tuple[int, int] | None = None) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
            if merge is not None:
                sheet.merge_range(merge[0], 2, merge[1], 2, "S1")
    return path


def test_a_second_sheet_of_the_same_columns_is_not_left_out_silently(tiny: TinyCity) -> None:
    """One sheet a month, as clerks keep them: without a word in the source only the first would be read."""
    sheets = {"九月": [HEADERS, row(), row(编号="A2")], "十月": [HEADERS, row(编号="A3")], "说明": [("列", "含义")]}
    path = _sheets(tiny.inputs / "cases.xlsx", sheets)
    delivery = tiny.land(path)
    assert (delivery.state, delivery.rows, delivery.reasons) == ("refused", 3, {"extra-sheet": 3})
    assert "'十月' (1 rows)" in delivery.warnings[-1]
    tiny.source["xlsx"] = {"sheet": "十月"}
    assert tiny.accepted(tiny.land(path))["case_id"].to_list() == ["A3"]


@pytest.mark.parametrize("second", [[HEADERS], [("编号", "张三"), ("1", "2")], [(), ()]])
def test_other_sheets_are_nobody_s_business(tiny: TinyCity, second: list[tuple[str, ...]]) -> None:
    path = _sheets(tiny.inputs / "cases.xlsx", {"工单": [HEADERS, row()], "别的": second})
    assert tiny.accepted(tiny.land(path))["case_id"].to_list() == ["A1"]


def test_merged_cells_that_leave_rows_blank_are_told(tiny: TinyCity) -> None:
    rows = [HEADERS, row(), row(编号="A2", 区域=""), row(编号="A3")]
    path = _sheets(tiny.inputs / "cases.xlsx", {"工单": rows}, merge=(1, 2))
    delivery = tiny.land(path)
    assert tiny.accepted(delivery)["area_code"].to_list() == ["S1", None, "S1"]
    assert any("'区域'" in warning and "xlsx.fill_down" in warning for warning in delivery.warnings)
    tiny.source["xlsx"] = {"fill_down": ["区域"]}
    delivery = tiny.land(path)
    assert tiny.accepted(delivery)["area_code"].to_list() == ["S1", "S1", "S1"]
    assert delivery.warnings == []


@pytest.mark.parametrize("mark", [";", "\t", "|", "，"])
def test_another_delimiter_is_named(tiny: TinyCity, mark: str) -> None:
    path = tiny.inputs / "cases.csv"
    path.write_text("".join(mark.join(cells) + "\n" for cells in (HEADERS, row(), row(编号="A2"))), encoding="utf-8")
    delivery = tiny.land(path)
    assert (delivery.state, delivery.reasons) == ("refused", {"missing-label": 2})
    ((_, _, _, told),) = tiny.faults(delivery)
    assert repr(mark) in told
    assert "csv.delimiter" in told
    tiny.source["csv"] = {"delimiter": mark}
    assert tiny.land(path).accepted == 2


def test_text_under_the_name_of_a_workbook_is_read_and_a_web_page_is_called_one(tiny: TinyCity) -> None:
    """As many an export of a city's systems is."""
    tiny.source["files"] = ["*"]
    text = tiny.write(row()).rename(tiny.inputs / "cases.xls")
    assert tiny.accepted(tiny.land(text))["case_id"].to_list() == ["A1"]
    page = tiny.inputs / "page.xls"
    page.write_text("<html><table><tr><td>编号</td></tr></table></html>", encoding="utf-8")
    delivery = tiny.land(page)
    assert delivery.reasons == {"unreadable-file": 0}
    assert "web page" in tiny.faults(delivery)[0][3]
