"""Writing a template: the sheet to be filled in, the one that explains its columns, and the one of accepted values."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from pipelines.city.formats import XlsxFormat
from pipelines.contracts import Contract, Type
from pipelines.contracts.words import allowed_words, type_words
from pipelines.errors import UsageError
from pipelines.export.styles import ALARM, Styles
from pipelines.template.headings import Heading

LAST_ROW = 1_048_575
GUIDE, VALUES, DATA = "填写说明", "取值", "数据"
BLUE = "#1F4E79"
MOST_TITLE, MOST_MESSAGE = 32, 255  # of the note beside a cell
FIRST_DAY = date(2000, 1, 1)
MADE_AT = datetime(2026, 1, 1)  # the same template has the same bytes
CELLS = {
    Type.TIMESTAMP: "yyyy-mm-dd hh:mm:ss",
    Type.DATE: "yyyy-mm-dd",
    Type.INTEGER: "0",
    Type.DECIMAL: "General",
    Type.FLOAT: "General",
}
GUIDE_COLUMNS = (
    ("列名", "Heading", 20),
    ("字段", "Field", 17),
    ("英文名", "In English", 30),
    ("类型", "Type", 30),
    ("单位", "Unit", 10),
    ("必填", "Required", 9),
    ("允许值", "Allowed values", 28),
    ("示例", "Example", 21),
    ("说明", "Notes", 40),
)
RULES = (
    ("在“{sheet}”表中从第 {row} 行起填写：{grain}。", "Fill in the sheet “{sheet}” from row {row} on. {grain_en}."),
    ("列名不得改动、增删或重复；红色列名必填。", "Keep the headings as they are; those in red must be filled in."),
    ("编号类单元格为文本格式，请勿改为数字，以免长编号变成 1.2E+17。",
     "Numbers that identify are kept as text: as figures a long one turns into 1.2E+17."),
    ("请勿合并单元格，请勿加合计行。", "No merged cells, no line of totals."),
)  # fmt: skip


def write_template(
    path: Path, title: str, contract: Contract, headings: list[Heading], layout: XlsxFormat | None = None
) -> Path:
    """Write the template of ``contract`` to ``path``, replacing it as a whole; ``layout`` says where a source looks for
    its header. Raises UsageError for a source whose sheet is told by a position other than the first.
    """
    layout = layout or XlsxFormat()
    if isinstance(layout.sheet, int) and layout.sheet != 0:
        raise UsageError(f"the source reads sheet {layout.sheet} of a workbook", "give xlsx.sheet its name")
    sheet = layout.sheet if isinstance(layout.sheet, str) else DATA
    unfinished = path.with_name(f".tmp-{path.name}")
    book = xlsxwriter.Workbook(unfinished, {"strings_to_numbers": False, "strings_to_formulas": False})
    book.set_properties({"title": title, "created": MADE_AT})
    styles = Styles(book)
    data, guide = book.add_worksheet(sheet), book.add_worksheet(GUIDE)
    ranges = _write_values(book, styles, headings)
    _write_data(data, book, styles, headings, ranges, layout.header_row - 1)
    _write_guide(guide, styles, title, contract, headings, sheet, layout.header_row + 1)
    book.close()
    unfinished.replace(path)
    return path


def _write_values(book: Any, styles: Styles, headings: list[Heading]) -> dict[str, str]:
    """The sheet of accepted values with what each is called; the range of cells by heading."""
    listed = [heading for heading in headings if heading.choices]
    if not listed:
        return {}
    page = book.add_worksheet(VALUES)
    page.freeze_panes(1, 0)
    ranges = {}
    for place, heading in enumerate(listed):
        column = 2 * place
        page.set_column(column, column, 18)
        page.set_column(column + 1, column + 1, 22)
        _head(page, styles, 0, column, heading.name)
        _head(page, styles, 0, column + 1, "名称 Name")
        plain = styles.get()
        names = heading.names_of_choices or ("",) * len(heading.choices)
        for row, (value, name) in enumerate(zip(heading.choices, names, strict=True), start=1):
            page.write_string(row, column, value, plain)
            page.write_string(row, column + 1, name, plain)
        cell = xlsxwriter.utility.xl_range_abs(1, column, len(heading.choices), column)
        ranges[heading.name] = f"='{VALUES}'!{cell}"
    return ranges


def _write_data(
    page: Any, book: Any, styles: Styles, headings: list[Heading], ranges: dict[str, str], top: int
) -> None:
    page.freeze_panes(top + 1, 0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    for column, heading in enumerate(headings):
        cells = book.add_format({"num_format": CELLS.get(heading.kind, "@")})
        page.set_column(column, column, max(12, 2 * len(heading.name) + 3, len(heading.example) + 3), cells)
        _head(page, styles, top, column, heading.name, is_required=heading.is_required)
        page.data_validation(top + 1, column, LAST_ROW, column, _validation(heading, ranges.get(heading.name, "")))


def _validation(heading: Heading, values: str) -> dict[str, Any]:
    """What the sheet accepts in a column and says beside its cells."""
    need = "必填 required" if heading.is_required else "可空 optional"
    example = [f"示例 {heading.example}"] if heading.example else []
    told = [need, *example, *_notes(heading, "\n")]
    rule: dict[str, Any] = {
        "input_title": heading.name[:MOST_TITLE],
        "input_message": "\n".join(told)[:MOST_MESSAGE],
        "error_title": heading.name[:MOST_TITLE],
        "error_message": "不在允许范围内，请看“填写说明”。 Not allowed here, see the second sheet.",
    }
    column = heading.column
    low = column.minimum if column is not None else None
    high = column.maximum if column is not None else None
    if values:
        return rule | {"validate": "list", "source": values}
    if heading.kind in (Type.TIMESTAMP, Type.DATE):
        return rule | {"validate": "date", "criteria": ">=", "value": FIRST_DAY, "error_type": "warning"}
    if heading.kind in (Type.INTEGER, Type.DECIMAL, Type.FLOAT) and (low is not None or high is not None):
        rule["validate"] = "integer" if heading.kind is Type.INTEGER else "decimal"
        if low is not None and high is not None:
            return rule | {"criteria": "between", "minimum": low, "maximum": high}
        return rule | {"criteria": ">=" if high is None else "<=", "value": low if high is None else high}
    return rule | {"validate": "any"}


def _write_guide(
    page: Any, styles: Styles, title: str, contract: Contract, headings: list[Heading], sheet: str, first_row: int
) -> None:
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    for column, (_, _, width) in enumerate(GUIDE_COLUMNS):
        page.set_column(column, column, width)
    page.set_row(0, 30)
    page.write_string(0, 0, title, styles.get(size=16, bold=True, border=False))
    words = {"sheet": sheet, "row": first_row, "grain": f"每行一条“{contract.zh}”记录", "grain_en": contract.grain}
    row = 1
    for zh, en in RULES:
        page.write_string(row, 0, f"{row}. {zh.format(**words)} {en.format(**words)}", styles.get(border=False))
        row += 1
    row += 1
    page.set_row(row, 32)
    for column, (zh, en, _) in enumerate(GUIDE_COLUMNS):
        _head(page, styles, row, column, f"{zh}\n{en}")
    page.freeze_panes(row + 1, 1)
    for heading in headings:
        row += 1
        cells = _explained(heading)
        page.set_row(
            row, 4 + 13 * max(_lines(cell, width) for cell, (_, _, width) in zip(cells, GUIDE_COLUMNS, strict=True))
        )
        for column, cell in enumerate(cells):
            strong = column == 0 and heading.is_required
            look = styles.get(wrap=True, top=True, bold=column == 0, color=ALARM if strong else "")
            page.write_string(row, column, cell, look)


def _explained(heading: Heading) -> tuple[str, ...]:
    column = heading.column
    allowed = allowed_words(column) if column is not None else ""
    if heading.choices:
        shown = "、".join(heading.choices[:5]) + (" …" if len(heading.choices) > 5 else "")
        allowed = f"{shown}（见“{VALUES}”表 see sheet）" if len(heading.choices) > 5 else shown
    return (
        heading.name,
        column.name if column is not None else "",
        column.en if column is not None else "",
        type_words(column) if column is not None else "文本 text",
        column.unit if column is not None else "",
        "是 yes" if heading.is_required else "",
        allowed,
        heading.example,
        "\n".join(_notes(heading, " ")),
    )


def _notes(heading: Heading, between: str) -> list[str]:
    return [f"{zh}{between}{en}" for zh, en in heading.notes]


def _lines(text: str, width: int) -> int:
    """How many lines a cell needs; a Chinese character is as wide as two Latin ones."""
    return sum(1 + (len(part) + sum(ord(mark) > 0x2E80 for mark in part)) // (width - 2) for part in text.split("\n"))


def _head(page: Any, styles: Styles, row: int, column: int, text: str, *, is_required: bool = False) -> None:
    fill = ALARM if is_required else BLUE
    page.write_string(row, column, text, styles.get(bold=True, color="#FFFFFF", fill=fill, wrap=True, align="center"))
