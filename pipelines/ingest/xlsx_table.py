"""Reading a sheet of a workbook as the text that a CSV of the same sheet would hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import polars as pl

from pipelines.city.formats import XlsxFormat
from pipelines.ingest.csv_table import ROW
from pipelines.ingest.refusal import Refusal


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
    """Read the sheet that ``layout`` names, wholly blank rows left out; ``ROW`` is the row's number in the sheet.

    Numbers come out as a CSV would hold them (21215, not 21215.0), to 9 decimals; cells typed as dates as
    YYYY-MM-DD HH:MM:SS; error cells as #NA and the like. Raises Refusal for a file or sheet that cannot be read.
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
