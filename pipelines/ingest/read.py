"""Opening a delivered file as a table of text, whatever it is."""

from __future__ import annotations

from pathlib import Path

from pipelines.city.models import Source
from pipelines.ingest.csv_table import CsvTable, open_csv
from pipelines.ingest.xlsx_table import XlsxTable, open_xlsx

WORKBOOKS = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}

Table = CsvTable | XlsxTable


def open_table(path: Path, source: Source, scratch: Path) -> Table:
    """``path`` as a table of text: workbooks by their extension, everything else as CSV.

    ``scratch`` is a private folder for intermediate files. Raises Refusal where the file cannot be read.
    """
    if path.suffix.lower() in WORKBOOKS:
        return open_xlsx(path, source.xlsx)
    return open_csv(path, source.csv, scratch)
