"""Rows that are not judged: those that could not be taken apart, and those whose cells hold what is no text."""

from __future__ import annotations

import polars as pl

from pipelines.ingest.mapping import Plan
from pipelines.ingest.rejects import FAULT_SCHEMA
from pipelines.ingest.table import FAULT, ROW, TOLD

NUL, SHOWN = "\x00", "␀"


def untaken(raw: pl.DataFrame) -> pl.DataFrame:
    """The faults (FAULT_SCHEMA) of the rows of an exactly read frame that could not be taken apart."""
    return raw.filter(pl.col(FAULT).is_not_null()).select(
        pl.col(ROW).cast(pl.Int64).alias("source_row"),
        pl.col(FAULT).alias("reason"),
        pl.lit(None, pl.String).alias("column_name"),
        pl.col(TOLD).alias("value"),
    )


def holding_nul(raw: pl.DataFrame, plan: Plan) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of ``raw`` without a NUL character in a cell that the plan reads, and the faults of the others."""
    cells = [pl.col(f"c{index}") for index in plan.wanted]
    if not raw.select(pl.any_horizontal(cell.str.contains(NUL, literal=True).any() for cell in cells)).item():
        return raw, pl.DataFrame(schema=FAULT_SCHEMA)
    faults = []
    for column in plan.columns:
        parts = sorted({part for way in column.ways for part in way.parts if part in raw.columns})
        if parts:
            holed = raw.filter(pl.any_horizontal(pl.col(part).str.contains(NUL, literal=True) for part in parts))
            faults.append(
                holed.select(
                    pl.col(ROW).cast(pl.Int64).alias("source_row"),
                    pl.lit("nul-byte").alias("reason"),
                    pl.lit(column.column.name).alias("column_name"),
                    pl.concat_str(parts, separator=" ", ignore_nulls=True)
                    .str.replace_all(NUL, SHOWN, literal=True)
                    .alias("value"),
                )
            )
    found = pl.concat([pl.DataFrame(schema=FAULT_SCHEMA), *faults]).unique(
        "source_row", keep="first", maintain_order=True
    )
    return raw.filter(~pl.col(ROW).is_in(found["source_row"].implode())), found
