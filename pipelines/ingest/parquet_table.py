"""Parquet as the text that a CSV of the same table would hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.ingest.refusal import Refusal
from pipelines.ingest.table import FAULT, ROW, TOLD

BATCH = 100_000
EXACT = 2**53  # whole numbers up to here are exact in a column of floating point
MOMENT, FRACTION = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%.f"
DAMAGED = (
    pa.ArrowException,
    OSError,
    ValueError,
    OverflowError,
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
)


@dataclass(frozen=True)
class ParquetTable:
    """A Parquet file, read in batches. ROW counts rows from 1; ``paths`` are the columns, structs taken apart."""

    path: Path
    headers: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    rows: int
    kind: str = "parquet"
    header_row: int = 0
    may_hold_nul: bool = True

    def batches(self, wanted: Sequence[int], *, tolerant: bool = False) -> Iterator[pl.DataFrame]:
        """Text frames of ``wanted`` positions and ROW; ``tolerant`` has no meaning here."""
        del tolerant
        top = list(dict.fromkeys(self.paths[i][0] for i in wanted))
        seen = 0
        try:
            file = pq.ParquetFile(self.path)
            for batch in file.iter_batches(batch_size=BATCH, columns=top, use_threads=False):
                columns, faults = {}, []
                for i in wanted:
                    text, bad = as_text(_at(batch, self.paths[i]))
                    columns[f"c{i}"] = text
                    if bad is not None:
                        faults.append((self.headers[i], bad))
                frame = pl.DataFrame(columns).select(
                    pl.int_range(seen + 1, seen + 1 + batch.num_rows, dtype=pl.UInt32, eager=True).alias(ROW),
                    *columns,
                )
                yield _marked(frame, faults)
                seen += batch.num_rows
        except DAMAGED as error:
            what = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise Refusal("unreadable-file", f"{what}; {seen:,} rows could be read", rows=self.rows) from error

    def count(self) -> int:
        return self.rows


def open_parquet(path: Path) -> ParquetTable:
    """The file's columns; fields of structs are named by dotted path. Raises Refusal where it is no Parquet file."""
    try:
        file = pq.ParquetFile(path)
        schema, rows = file.schema_arrow, file.metadata.num_rows
    except DAMAGED as error:
        raise Refusal("unreadable-file", str(error).splitlines()[0], rows=0) from error
    paths = tuple(path for field in schema for path in _paths(field, ()))
    headers = tuple(".".join(path).strip() for path in paths)
    if not any(headers):
        raise Refusal("empty-file", "there is no column in it", rows=rows)
    return ParquetTable(path=path, headers=headers, paths=paths, rows=rows)


def as_text(column: pl.Series) -> tuple[pl.Series, pl.Series | None]:  # noqa: PLR0911 a table of types
    """``column`` as text; where some of its bytes are no text, a mask of those rows too.

    Moments are YYYY-MM-DD HH:MM:SS (a fraction only where there is one; ISO 8601 with the offset from UTC where the
    column has a time zone), whole numbers have no point, true and false are those words, lists stay JSON text.
    """
    kind = column.dtype
    if kind == pl.Binary:
        text = column.cast(pl.String, strict=False)
        bad = column.is_not_null() & text.is_null()
        return text, bad if bad.any() else None
    if isinstance(kind, pl.Datetime):
        whole = (column.dt.nanosecond() == 0).fill_null(value=True).all()
        form = MOMENT if whole else FRACTION
        if kind.time_zone is not None:
            return column.dt.convert_time_zone("UTC").dt.strftime(f"{form.replace(' ', 'T')}+00:00"), None
        return column.dt.strftime(form), None
    if kind == pl.Time:
        return column.dt.strftime("%H:%M:%S"), None
    if kind.is_float():
        exact = column.is_finite() & (column.abs() < EXACT) & (column == column.floor())
        whole_text = column.cast(pl.Int64, strict=False).cast(pl.String)
        other = column.cast(pl.String).str.replace(r"e(\d)", "E+$1")  # 1.2E+17, as spreadsheets write it
        return whole_text.zip_with(exact.fill_null(value=False), other), None
    if isinstance(kind, (pl.List, pl.Array, pl.Struct, pl.Object, pl.Duration)):
        return pl.Series([_json(value) for value in column.to_list()], dtype=pl.String), None
    return column.cast(pl.String), None


def _json(value: Any) -> str | None:
    if not isinstance(value, (list, dict)):
        return None if value is None else str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str) if value else None


def _paths(field: pa.Field, before: tuple[str, ...]) -> list[tuple[str, ...]]:
    path = (*before, field.name)
    if pa.types.is_struct(field.type) and field.type.num_fields:
        return [deeper for inner in field.type for deeper in _paths(inner, path)]
    return [path]


def _at(batch: pa.RecordBatch, path: tuple[str, ...]) -> pl.Series:
    column = batch.column(path[0])
    for name in path[1:]:
        column = pc.struct_field(column, [name])
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    found = pl.from_arrow(column)
    assert isinstance(found, pl.Series)  # noqa: S101 for the type checker: an array is never a frame
    return found


def _marked(frame: pl.DataFrame, faults: list[tuple[str, pl.Series]]) -> pl.DataFrame:
    if not faults:
        return frame
    told = [pl.when(pl.lit(bad)).then(pl.lit(f"column {name!r} holds bytes that are no text")) for name, bad in faults]
    return frame.with_columns(pl.coalesce(told).alias(TOLD)).with_columns(
        pl.when(pl.col(TOLD).is_not_null()).then(pl.lit("wrong-encoding")).alias(FAULT)
    )
