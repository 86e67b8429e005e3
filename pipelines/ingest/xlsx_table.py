"""Reading a sheet of a workbook as the text that a CSV of the same sheet would hold."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from pipelines.city.formats import XlsxFormat
from pipelines.ingest.refusal import HeaderFault, Refusal
from pipelines.ingest.sniff import is_page
from pipelines.ingest.table import ROW
from pipelines.ingest.xlsx_scan import Cell, Scan, scan

MAX_UNSCANNED = 200_000_000  # bytes of a workbook of another kind (.xls, .xlsb, .ods), which is not looked through
MAX_SHEETS = 100  # looked at for rows that nobody would read
VALUE = re.compile(r"\bvalue: (-?[\d.]+(?:e-?\d+)?)")


@dataclass(frozen=True)
class XlsxTable:
    """A sheet held in memory as text (at most 1,048,576 rows). Columns are named c0, c1 …; blank cells are null."""

    headers: tuple[str, ...]
    frame: pl.DataFrame
    header_row: int = 1
    kind: str = "xlsx"
    may_hold_nul: bool = False
    merged: tuple[str, ...] = ()  # headers of columns with cells merged over several rows of data, not filled down

    def batches(self, wanted: Sequence[int], *, tolerant: bool = False) -> Iterator[pl.DataFrame]:
        """One text frame of ``wanted`` column positions and ``ROW``; ``tolerant`` has no meaning here."""
        del tolerant
        yield self.frame.select(ROW, *(f"c{i}" for i in wanted))

    def count(self) -> int:
        return self.frame.height


def open_xlsx(path: Path, layout: XlsxFormat) -> XlsxTable:
    """Read the sheet that ``layout`` names, wholly blank rows left out; ``ROW`` is the row's number in the sheet.

    Numbers come out as a CSV would hold them (21215, not 21215.0), to 9 decimals; numbers of more digits than a
    spreadsheet keeps as 1.23456789012346E+17; cells typed as dates as YYYY-MM-DD HH:MM:SS; error cells as #NA and the
    like; formulas that were never worked out as =A1+B1. Raises Refusal for a file or sheet that cannot be read; and
    where ``layout`` names no sheet, so that the first is meant, for further sheets of the same columns, whose rows
    would be lost.
    """
    if path.stat().st_size == 0:
        raise Refusal("empty-file", "the file has no bytes", rows=0)
    told = Scan()
    with path.open("rb") as file:
        if is_page(file.read(64)):
            page = "it is a web page or XML under the name of a workbook: open it in a spreadsheet, save it as .xlsx"
            raise Refusal("unreadable-file", page, rows=0)
    is_scanned = zipfile.is_zipfile(path)
    if is_scanned:
        told = scan(path, layout.sheet)
    elif path.stat().st_size > MAX_UNSCANNED:
        raise Refusal("too-large", f"a workbook of more than {MAX_UNSCANNED:,} bytes: save it as .xlsx", rows=0)
    frame, damaged, book = _read(path, layout.sheet)
    top = layout.header_row - 1
    if frame.height <= top or frame.row(top) == (None,) * frame.width:
        raise Refusal("empty-file", f"row {layout.header_row} holds no header", rows=max(frame.height - top, 0))
    frame = _corrected(frame, {**told.formulas, **told.long_numbers, **damaged})
    headers = tuple((cell or "").strip() for cell in frame.row(top))
    if not any(headers):
        raise Refusal("empty-file", f"row {layout.header_row} holds no header", rows=max(frame.height - top, 0))
    width = max(i for i, name in enumerate(headers) if name) + 1
    width = max([width, *(i + 1 for i in range(width, frame.width) if frame[f"c{i}"][top + 1 :].count())])
    headers = headers[:width]
    body = frame.select(f"c{i}" for i in range(width)).with_row_index(ROW, offset=1).slice(top + 1)
    blank = [pl.col(f"c{i}").is_null() | (pl.col(f"c{i}").str.strip_chars() == "") for i in range(width)]
    body = body.filter(~pl.all_horizontal(blank))
    if "sheet" not in layout.model_fields_set and (others := _alike(path if is_scanned else None, book, headers, top)):
        sheets = ", ".join(f"{name!r} ({rows:,} rows)" for name, rows in others.items())
        rows = body.height + sum(others.values())
        raise Refusal("extra-sheet", f"sheets of the same columns would not be read: {sheets}", rows=rows)
    for name in layout.fill_down:
        body = _filled(body, headers, name.strip(), told)
    tall = {
        column
        for (first, left), (last, right) in told.merged
        if last > max(first, top + 1)
        for column in range(max(left, 0), min(right + 1, width))
    }
    filled = {name.strip() for name in layout.fill_down}
    merged = tuple(headers[column] for column in sorted(tall) if headers[column] not in filled)
    return XlsxTable(headers=headers, frame=body, header_row=layout.header_row, merged=merged)


def _read(path: Path, sheet: str | int) -> tuple[pl.DataFrame, dict[Cell, str], fastexcel.ExcelReader]:
    """The whole sheet as text, what stands in the cells that could not be read as such, and the workbook."""
    try:
        book = fastexcel.read_excel(path)
        loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        arrow, errors = loaded.to_arrow_with_errors()
    except fastexcel.SheetNotFoundError as error:
        raise Refusal("missing-sheet", f"there is no sheet {sheet!r}", rows=0) from error
    except (fastexcel.FastExcelError, pl.exceptions.PanicException, ValueError, OSError) as error:
        raise Refusal("unreadable-file", (str(error).splitlines() or [""])[0], rows=0) from error
    frame = pl.DataFrame(pl.from_arrow(arrow))
    frame.columns = [f"c{i}" for i in range(frame.width)]
    frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))  # some programs put empty texts into cells
    damaged: dict[Cell, str] = {}
    for cell in errors.errors if errors is not None else []:
        row, column = cell.position
        if "Error(" in cell.detail:
            damaged[row, column] = f"#{cell.detail.split('Error(')[1].split(')')[0].upper()}"
        else:
            number = VALUE.search(cell.detail)  # a moment that no calendar holds, by its serial number
            damaged[row, column] = number[1].removesuffix(".0") if number else cell.detail
    return frame, damaged, book


def _alike(path: Path | None, book: fastexcel.ExcelReader, headers: Sequence[str], top: int) -> dict[str, int]:
    """The sheets behind the first whose row ``top`` holds the same headers and that hold rows: how many. ``path`` is
    None for a workbook that is not looked through.
    """
    found: dict[str, int] = {}
    names = {name for name in headers if name}
    for sheet in book.sheet_names[1:MAX_SHEETS]:
        try:
            if path is not None:
                scan(path, sheet)  # the guard in front of the reader
            loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        except (Refusal, fastexcel.FastExcelError, pl.exceptions.PanicException, ValueError):
            continue
        frame = pl.DataFrame(pl.from_arrow(loaded.to_arrow_with_errors()[0]))
        if frame.height <= top + 1 or not names <= {(cell or "").strip() for cell in frame.row(top)}:
            continue
        rows = frame[top + 1 :].filter(pl.any_horizontal(pl.all().str.strip_chars() != "")).height
        if rows:
            found[sheet] = rows
    return found


def _corrected(frame: pl.DataFrame, cells: dict[Cell, str]) -> pl.DataFrame:
    """``frame`` with the text of some cells replaced."""
    by_column: dict[int, dict[int, str]] = {}
    for (row, column), text in cells.items():
        if 0 <= column < frame.width and 0 <= row < frame.height:
            by_column.setdefault(column, {})[row] = text
    return frame.with_columns(
        frame[f"c{column}"].scatter(list(told), list(told.values())).alias(f"c{column}")
        for column, told in by_column.items()
    )


def _filled(body: pl.DataFrame, headers: tuple[str, ...], name: str, told: Scan) -> pl.DataFrame:
    """The column ``name`` with every merged cell's text in all the rows that it spans. Where nothing is known of
    merged cells, blank ones take the text above.
    """
    if name not in headers:
        fault = HeaderFault("missing-label", name)
        raise Refusal("missing-label", f"xlsx.fill_down: {name!r}", rows=body.height, headers=(fault,))
    column = headers.index(name)
    cell = pl.col(f"c{column}")
    if not told.is_known:
        return body.with_columns(cell.forward_fill())
    spans = [(top + 1, bottom + 1) for (top, left), (bottom, right) in told.merged if left <= column <= right]
    rows = body[ROW].to_list()
    texts = dict(zip(rows, body[f"c{column}"].to_list(), strict=True))
    filled = dict(texts)
    for top, bottom in spans:
        for row in range(top, bottom + 1):
            if row in filled and filled[row] is None:
                filled[row] = texts.get(top)
    return body.with_columns(pl.Series(f"c{column}", [filled[row] for row in rows], dtype=pl.String))
