"""One CSV per table, for programs and for spreadsheets: UTF-8 with a byte-order mark, exact decimals, no formulas."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.city.models import Label
from pipelines.export.sheet import Sheet

FORMULA_START = r"^[=+\-@\t\r]"


def write_csv(path: Path, sheet: Sheet, state: Label) -> Path:
    """Write the columns of ``sheet`` to ``path``, replacing it as a whole; the last one says in each row how far the
    figures are settled.

    Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay as the mart has them.
    """
    columns = []
    for field in sheet.fields:
        column = pl.col(field.csv_key or field.key)
        if sheet.frame.schema[field.csv_key or field.key] == pl.String:
            column = pl.when(column.str.contains(FORMULA_START)).then("'" + column).otherwise(column)
        columns.append(column.alias(field.heading))
    columns.append(pl.lit(f"{state.zh} {state.en}").alias("发布状态 Settled"))
    unfinished = path.with_name(f".tmp-{path.name}")
    sheet.frame.select(columns).write_csv(
        unfinished, include_bom=True, line_terminator="\r\n", datetime_format="%Y-%m-%d %H:%M:%S"
    )
    unfinished.replace(path)
    return path
