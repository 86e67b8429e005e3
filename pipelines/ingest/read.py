"""Opening a delivered file as a table of text, whatever it is."""

from __future__ import annotations

from pathlib import Path

from pipelines.city.models import Source
from pipelines.ingest.archive import check_archive
from pipelines.ingest.csv_table import open_csv
from pipelines.ingest.json_table import open_json
from pipelines.ingest.parquet_table import open_parquet
from pipelines.ingest.refusal import Refusal
from pipelines.ingest.sniff import sniff
from pipelines.ingest.table import Table
from pipelines.ingest.xlsx_table import open_xlsx

__all__ = ["Table", "open_table"]


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
