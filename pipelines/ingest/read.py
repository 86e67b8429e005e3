"""Opening a delivered file as a table of text, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl

from pipelines.city.models import Source
from pipelines.ingest.archive import check_archive
from pipelines.ingest.csv_table import open_csv
from pipelines.ingest.json_table import open_json
from pipelines.ingest.parquet_table import open_parquet
from pipelines.ingest.refusal import Refusal
from pipelines.ingest.sniff import sniff
from pipelines.ingest.table import FAULT, Ragged, Table
from pipelines.ingest.xlsx_table import open_xlsx

__all__ = ["Table", "open_table", "whole"]


def open_table(path: Path, source: Source, scratch: Path) -> Table:
    """``path`` as a table of text; what it is, its content tells first, then its name, unless the source says it.

    ``scratch`` is a private folder for intermediate files. Raises Refusal where the file cannot be read; an archive
    that stands where a file should is refused like an unsafe one.
    """
    if path.stat().st_size == 0:
        raise Refusal("empty-file", "the file has no bytes", rows=0)
    found = sniff(path)
    kind = source.format if source.format != "auto" and found != "archive" else found
    if kind == "archive":
        check_archive(path, source)
        raise Refusal("bad-archive", "an archive stands where a file should", rows=0)
    if kind == "xlsx":
        return open_xlsx(path, source.xlsx)
    if kind in ("json", "jsonl"):
        return open_json(path, source, is_lines=kind == "jsonl")
    if kind == "parquet":
        return open_parquet(path)
    return open_csv(path, source.csv, scratch, max_bytes=source.archive.max_bytes)


def whole(table: Table, wanted: Sequence[int], name: str) -> Iterator[pl.DataFrame]:
    """The batches of a second file. Raises Refusal where a record of it cannot be taken apart."""
    try:
        batches = list(table.batches(wanted))
    except Ragged:
        batches = list(table.batches(wanted, tolerant=True))
    for batch in batches:
        if FAULT in batch.columns:
            bad = batch.filter(pl.col(FAULT).is_not_null())
            if bad.height:
                number, *_, reason, told = bad.row(0)
                raise Refusal(reason, f"{name}, row {number}: {told}")
        yield batch.select(f"c{i}" for i in wanted)
