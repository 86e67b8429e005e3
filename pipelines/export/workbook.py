"""Writing the workbook: row by row in constant memory, and the same bytes for the same input."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from pipelines.export.labels import SYNTHETIC
from pipelines.export.sheet import Cover, Field, Sheet
from pipelines.export.styles import ALARM, RISE, Styles

HEADER_ROW = 2  # below the title and the note
LINE_HEIGHT = 14
A4 = 9
MOST_CHARACTERS = 32_767  # of one cell
SYNTHETIC_LINE = f"{SYNTHETIC.zh}　{SYNTHETIC.en}"
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_workbook(path: Path, cover: Cover, sheets: list[Sheet], *, created: datetime, footer: str) -> Path:
    """Write cover and tables to ``path``, replacing it as a whole; ``created`` is printed in the file's properties."""
    unfinished = path.with_name(f".tmp-{path.name}")
    options = {
        "constant_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    book = xlsxwriter.Workbook(unfinished, options)
    book.set_properties({"title": cover.title_zh, "subject": cover.title_en, "created": created})
    book.set_size(2400, 1400)
    styles = Styles(book)
    _write_cover(book, styles, cover, sheets, footer)
    for sheet in sheets:
        _write_sheet(book, styles, sheet, cover, footer)
    book.close()
    unfinished.replace(path)
    return path


def _write_cover(book: Any, styles: Styles, cover: Cover, sheets: list[Sheet], footer: str) -> None:
    page = book.add_worksheet("说明")
    _page_setup(page, footer)
    page.hide_gridlines(2)
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 20)
    page.set_column(2, 2, 110)
    page.set_row(0, 34)
    page.write_string(0, 0, cover.title_zh, styles.get(size=20, bold=True, border=False))
    page.write_string(1, 0, cover.title_en, styles.get(size=12, color="#595959", border=False))
    row = 2
    if cover.synthetic:
        page.set_row(row, 40)
        alarm = styles.get(size=18, bold=True, color="#FFFFFF", fill=ALARM, align="center")
        page.merge_range(row, 0, row, 2, SYNTHETIC_LINE, alarm)
        row += 1
    row += 1
    for fact in cover.facts:
        page.set_row(row, 20 + LINE_HEIGHT * fact.value.count("\n"))
        color = ALARM if fact.strong else ""
        page.write_string(row, 0, fact.zh, styles.get(bold=True, fill="#F2F2F2"))
        page.write_string(row, 1, fact.en, styles.get(color="#595959", fill="#F2F2F2", wrap=True))
        value = fact.value if not fact.value_en else f"{fact.value}　{fact.value_en}"
        look = _text_look(value, {"wrap": True, "bold": fact.strong, "color": color})
        page.write_string(row, 2, value, styles.get(**look))
        row += 1
    row += 1
    page.write_string(row, 0, "目录 Contents", styles.get(size=12, bold=True, border=False))
    row += 1
    for sheet in sheets:
        link = styles.get(bold=True, color="#1F4E79")
        page.write_url(row, 0, f"internal:'{sheet.name}'!A1", link, sheet.name)
        page.write_string(row, 1, sheet.name_en, styles.get(color="#595959"))
        page.set_row(row, 30)
        page.write_string(row, 2, f"{sheet.note_zh}\n{sheet.note_en}", styles.get(wrap=True))
        row += 1
    row += 1
    page.write_string(row, 0, "如何阅读 How to read", styles.get(size=12, bold=True, border=False))
    row += 1
    for number, (zh, en) in enumerate(cover.notes, start=1):
        page.set_row(row, 30)
        body = styles.get(wrap=True, border=False, top=True)
        page.write_string(row, 0, str(number), styles.get(align="right", border=False, top=True))
        page.merge_range(row, 1, row, 2, f"{zh}\n{en}", body)
        row += 1
    page.print_area(0, 0, row, 2)
    page.fit_to_pages(1, 1)


def _write_sheet(book: Any, styles: Styles, sheet: Sheet, cover: Cover, footer: str) -> None:
    page = book.add_worksheet(sheet.name)
    fields, frame = sheet.fields, sheet.frame
    last_column = len(fields) - 1
    last_row = HEADER_ROW + max(frame.height, 1)
    _page_setup(page, footer)
    page.repeat_rows(0, HEADER_ROW)
    page.freeze_panes(HEADER_ROW + 1, sheet.hold)
    page.autofilter(HEADER_ROW, 0, last_row, last_column)
    page.print_area(0, 0, last_row, sum(field.printed for field in fields) - 1)
    for column, field in enumerate(fields):
        page.set_column(column, column, field.width)
    if sheet.bars and frame.height:
        column = [field.key for field in fields].index(sheet.bars)
        bar = {
            "type": "data_bar",
            "bar_color": "#E6A8A0",
            "bar_solid": True,
            "min_type": "num",
            "min_value": 0,
        }
        page.conditional_format(HEADER_ROW + 1, column, last_row, column, bar)
    page.set_row(0, 26)
    settled = f"　【{cover.state.zh}】" if cover.state else ""
    title = f"{cover.title_zh}　{sheet.name} {sheet.name_en}{settled}"
    page.write_string(0, 0, title, styles.get(size=14, bold=True, border=False))
    page.set_row(1, 18)
    if cover.synthetic:
        page.write_string(
            1, 0, f"{SYNTHETIC_LINE}　｜　{sheet.note_zh}", styles.get(bold=True, color=ALARM, border=False)
        )
    else:
        page.write_string(1, 0, f"{sheet.note_zh}　{sheet.note_en}", styles.get(color="#595959", border=False))
    page.set_row(HEADER_ROW, 36)
    small = styles.get(size=8, color="#DDE6F0", border=False)
    strong = styles.get(bold=True, color="#FFFFFF", border=False)
    for column, field in enumerate(fields):
        header = styles.get(bold=True, color="#FFFFFF", fill="#1F4E79", wrap=True, align="center")
        page.write_rich_string(HEADER_ROW, column, strong, field.zh, small, f"\n{field.en}", header)
    if frame.is_empty():
        page.write_string(
            HEADER_ROW + 1, 0, "本期无数据 No rows in this period", styles.get(color="#7F7F7F", border=False)
        )
        return
    _write_rows(page, styles, sheet)


def _write_rows(page: Any, styles: Styles, sheet: Sheet) -> None:
    frame = sheet.frame
    decimals = {field.key: _decimals(frame, field) for field in sheet.fields if field.kind in ("score", "rate")}
    columns = [_plain(frame[field.key]) for field in sheet.fields]
    tints = frame[sheet.tint].to_list() if sheet.tint else [""] * frame.height
    starts = (
        (frame.select(pl.struct(sheet.group).rle_id().alias("run"))["run"].diff().fill_null(0) > 0).to_list()
        if sheet.group
        else [False] * frame.height
    )
    lines = _lines(sheet)
    for number, values in enumerate(zip(*columns, strict=True)):
        row = HEADER_ROW + 1 + number
        page.set_row(row, LINE_HEIGHT * lines[number] + 2)
        for column, (field, value) in enumerate(zip(sheet.fields, values, strict=True)):
            look = _look(field, value, tints[number], decimals.get(field.key, 0)) | {"thick": starts[number]}
            if value is None:
                word = "不排名" if field.key == "rank" and tints[number] == "muted" else ""
                if word:
                    page.write_string(row, column, word, styles.get(**look | {"number": "", "align": "center"}))
                else:
                    page.write_blank(row, column, None, styles.get(**look))
            elif isinstance(value, str):
                page.write_string(row, column, value[:MOST_CHARACTERS], styles.get(**_text_look(value, look)))
            elif isinstance(value, datetime):
                page.write_datetime(row, column, value, styles.get(**look))
            else:
                page.write_number(row, column, value, styles.get(**look))


def _lines(sheet: Sheet) -> list[int]:
    """How many lines each row needs: not every program fits the height of a row to its text by itself."""
    needed = [pl.lit(1, pl.Int64)]
    for field in sheet.fields:
        if field.kind == "wrap":
            text = pl.col(field.key).fill_null("")
            # a Chinese character has three bytes in UTF-8 and is as wide as two Latin ones
            width = (text.str.len_bytes() + text.str.len_chars()) / 2
            needed.append((width / (field.width - 2)).ceil().cast(pl.Int64) + text.str.count_matches("\n"))
    return sheet.frame.select(pl.max_horizontal(needed).alias("lines"))["lines"].to_list()


def _look(field: Field, value: Any, tint: str, decimals: int) -> dict[str, Any]:
    """How one cell looks, as arguments of ``Styles.get``."""
    look: dict[str, Any] = {"wrap": field.kind == "wrap" or (isinstance(value, str) and "\n" in value)}
    if field.kind not in ("text", "wrap"):
        look["number"] = _number_format(field, value, decimals)
        look["align"] = "right"
    if field.centred or field.kind in ("change", "moment"):
        look["align"] = "center"
    if field.kind == "change" and value:
        look["color"] = RISE if value > 0 else ALARM
    if tint == "muted":
        look["color"] = "#8C8C8C"
    elif tint == "first":
        look |= {"fill": "#FFF2CC", "bold": field.key in ("rank", "unit_name", "score")}
    elif tint == "last":
        look["fill"] = "#FBE5E1"
    return look


def _number_format(field: Field, value: Any, decimals: int) -> str:
    if field.kind == "amount":
        return "#,##0" if value is None or float(value).is_integer() else "#,##0.00##"
    if field.kind == "yuan":
        return "#,##0.00"
    if field.kind == "score":
        return "0." + "0" * decimals
    if field.kind == "rate":
        return "0." + "0" * (decimals - 2) + "%"
    return {"whole": "#,##0", "change": "▲0;▼0;—", "moment": "yyyy-mm-dd hh:mm"}[field.kind]


def _decimals(frame: pl.DataFrame, field: Field) -> int:
    """Two decimals for scores and four for rates (two of a percentage), or as many as the figures need, up to six."""
    shortest, longest = (4, 6) if field.kind == "rate" else (2, 4)
    if field.key.startswith("wilson"):
        return shortest
    values = frame[field.key].cast(pl.Float64).drop_nulls()
    for digits in range(shortest, longest):
        scaled = values * 10**digits
        if ((scaled - scaled.round()).abs() < 1e-6).all():
            return digits
    return longest


def _plain(column: pl.Series) -> list[Any]:
    return (column.cast(pl.Float64) if isinstance(column.dtype, pl.Decimal) else column).to_list()


def _text_look(text: str, look: dict[str, Any]) -> dict[str, Any]:
    """Text is always written as text; what would start a formula if retyped is marked as text as well."""
    return look | {"quoted": text.startswith(STARTS_A_FORMULA)}


def _page_setup(page: Any, footer: str) -> None:
    page.set_landscape()
    page.set_paper(A4)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.center_horizontally()
    page.set_footer(f"&L&8{footer.replace('&', '&&')}&R&8第 &P 页，共 &N 页")
