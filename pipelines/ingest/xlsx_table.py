"""Reading a sheet of a workbook as the text that a CSV of the same sheet would hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from pipelines.city.models import XlsxFormat
from pipelines.ingest.csv_table import ROW
from pipelines.ingest.refusal import Refusal

# A workbook stores 15 significant digits that mean something; the rest is binary noise.
SIGNIFICANT_DIGITS = 15


@dataclass(frozen=True)
class XlsxTable:
    """A sheet held in memory as text (at most 1,048,576 rows). Columns are named c0, c1 …; blank cells are null."""

    headers: tuple[str, ...]
    frame: pl.DataFrame
    kind: str = "xlsx"

    def batches(self, wanted: Sequence[int], *, tolerant: bool = False) -> Iterator[pl.DataFrame]:
        """One text frame of ``wanted`` column positions and ``ROW``; ``tolerant`` has no meaning here."""
        del tolerant
        yield self.frame.select(ROW, *(f"c{i}" for i in wanted))

    def count(self) -> int:
        return self.frame.height


def open_xlsx(path: Path, layout: XlsxFormat) -> XlsxTable:
    """Read the sheet that ``layout`` names. Numbers come out as a CSV would hold them (21215, not 21215.0), cells
    typed as dates as YYYY-MM-DD HH:MM:SS, error cells as #NA and the like. Wholly blank rows are left out; ``ROW``
    is the row's number in the sheet. Raises Refusal for a file or sheet that cannot be read.
    """
    if path.stat().st_size == 0:
        raise Refusal("empty-file", "the file has no bytes", rows=0)
    try:
        book = fastexcel.read_excel(path)
        sheet = book.load_sheet(layout.sheet, header_row=None, skip_rows=0, dtypes="string")
        arrow, errors = sheet.to_arrow_with_errors()
    except fastexcel.SheetNotFoundError as error:
        raise Refusal("missing-sheet", f"there is no sheet {layout.sheet!r}", rows=0) from error
    except fastexcel.FastExcelError as error:
        raise Refusal("unreadable-file", str(error).splitlines()[0], rows=0) from error
    frame = pl.DataFrame(pl.from_arrow(arrow))
    frame.columns = [f"c{i}" for i in range(frame.width)]
    top = layout.header_row - 1
    if frame.height <= top or frame.row(top) == (None,) * frame.width:
        raise Refusal("empty-file", f"row {layout.header_row} holds no header", rows=max(frame.height - top, 0))
    for cell in errors.errors if errors is not None else []:
        row, column = cell.position
        if "Error(" in cell.detail:
            name = cell.detail.split("Error(")[1].split(")")[0]
            frame[row, f"c{column}"] = f"#{name.upper()}"
    frame = _with_exact_numbers(frame, book, layout)
    headers = tuple((cell or "").strip() for cell in frame.row(top))
    width = max(i for i, name in enumerate(headers) if name) + 1
    width = max([width, *(i + 1 for i in range(width, frame.width) if frame[f"c{i}"][top + 1 :].count())])
    body = (
        frame.select(f"c{i}" for i in range(width))
        .with_row_index(ROW, offset=1)
        .slice(top + 1)
        .filter(~pl.all_horizontal(pl.exclude(ROW).is_null()))
    )
    return XlsxTable(headers=headers[:width], frame=body)


def _with_exact_numbers(frame: pl.DataFrame, book: fastexcel.ExcelReader, layout: XlsxFormat) -> pl.DataFrame:
    """Text from the reader is rounded to 9 decimals; take such cells from a second reading as numbers."""
    long = [
        i for i in range(frame.width) if frame[f"c{i}"].str.contains(r"^-?\d+\.\d{6,9}$").any()
    ]
    if not long:
        return frame
    sheet = book.load_sheet(layout.sheet, header_row=None, skip_rows=0, dtypes="float", use_columns=long)
    numbers = sheet.to_polars()
    numbers.columns = [f"n{i}" for i in long]
    both = frame.hstack(numbers)
    return both.with_columns(
        pl.when(pl.col(f"c{i}").cast(pl.Float64, strict=False) != pl.col(f"n{i}"))
        .then(pl.col(f"n{i}").round_sig_figs(SIGNIFICANT_DIGITS).cast(pl.String))
        .otherwise(pl.col(f"c{i}"))
        .alias(f"c{i}")
        for i in long
    ).select(frame.columns)
