"""Writing feeds in the layout that a city's sources/*.yaml describe: the ingest's mapping, the other way round."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter

from pipelines.city.mapping import ColumnMap
from pipelines.city.models import Source
from pipelines.errors import UsageError

NOTE_HEADER, NOTE = "数据说明", "合成数据"  # header that a layout may carry; every row then says it is synthetic
STAMP = "%Y-%m-%d %H:%M:%S"
CREATED = datetime(2025, 1, 1)  # a workbook records when it was made: fixed, so that its bytes are too


def headers(source: Source) -> list[str]:
    """The headers of the file: the mapped columns in the order of the layout, then those it knows but does not use."""
    mapped = [column.column[0] for column in source.columns.values() if column.column]
    return mapped + [name for name in source.ignore if name not in mapped]


def header_of(source: Source, name: str) -> str:
    """The header under which the source delivers the contract's column ``name``; raises UsageError without one."""
    column = source.columns.get(name)
    if column is None or not column.column:
        raise UsageError(f"sources/{source.source}.yaml: {name} is not read from the file", f"map {name} to a header")
    return column.column[0]


def as_delivered(source: Source, frame: pl.DataFrame, extra: Mapping[str, str | None] | None = None) -> pl.DataFrame:
    """Canonical columns and values turned into the file's headers and values.

    ``extra`` fills headers that the layout ignores. A canonical column that ``frame`` lacks is blank.
    """
    fill = {NOTE_HEADER: NOTE, **(extra or {})}
    by_header = {column.column[0]: (name, column) for name, column in source.columns.items() if column.column}
    return frame.select(
        _cell(frame, *by_header[header]).alias(header)
        if header in by_header
        else pl.lit(fill.get(header), pl.String).alias(header)
        for header in headers(source)
    )


def _cell(frame: pl.DataFrame, name: str, column: ColumnMap) -> pl.Expr:
    if name not in frame.columns:
        return pl.lit(None, pl.String)
    value = pl.col(name)
    if column.map:
        back = {meaning: text for text, meaning in column.map.items()}
        value = value.replace_strict(list(back), list(back.values()), return_dtype=pl.String)
    elif frame.schema[name] == pl.Date:
        value = value.dt.strftime("%Y-%m-%d")
    return value


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as the text that ``append_csv`` would write."""
    return frame.select(
        pl.col(name).dt.strftime(STAMP) if dtype.is_temporal() else pl.col(name).cast(pl.String)
        for name, dtype in frame.schema.items()
    )


@dataclass
class CsvFeed:
    """The monthly CSV files of one source. Rows are added month by month; ``finish`` closes a month for good."""

    source: Source
    folder: Path
    stem: str
    is_gzip: bool = False
    started: set[Path] = field(default_factory=set)

    def path(self, label: str) -> Path:
        """The file while rows are added: always plain CSV."""
        return self.folder / f"{self.stem}_{label}.csv"

    def name(self, label: str) -> str:
        """The name of the finished file."""
        return self.path(label).name + (".gz" if self.is_gzip else "")

    def append(self, label: str, frame: pl.DataFrame) -> None:
        """Add rows (columns = ``headers``) to a month's file; the first call writes the header line."""
        path = self.path(label)
        is_new = path not in self.started
        self.started.add(path)
        with path.open("wb" if is_new else "ab") as file:
            frame.write_csv(
                file,
                include_header=is_new,
                separator=self.source.csv.delimiter,
                quote_char=self.source.csv.quote,
                datetime_format=STAMP,
            )

    def finish(self, label: str) -> None:
        """Compress a month's file where the feed is delivered compressed; the same rows give the same bytes."""
        if not self.is_gzip:
            return
        path = self.path(label)
        with (
            path.open("rb") as plain,
            (self.folder / self.name(label)).open("wb") as packed,
            gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=4, mtime=0) as gz,
        ):
            shutil.copyfileobj(plain, gz, 1 << 20)
        path.unlink()


def write_workbook(path: Path, source: Source, frames: Sequence[pl.DataFrame]) -> None:
    """A sheet with the rows of ``frames`` (columns = ``headers``): numbers as numbers, everything else as text."""
    sheet_name = source.xlsx.sheet if isinstance(source.xlsx.sheet, str) else "Sheet1"
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"title": source.title.zh, "comments": NOTE, "created": CREATED})
    sheet = book.add_worksheet(sheet_name)
    number = source.xlsx.header_row - 1  # rows above the header stay blank
    sheet.write_row(number, 0, headers(source))
    for frame in frames:
        for row in frame.iter_rows():
            number += 1
            sheet.write_row(number, 0, row)
    book.close()
