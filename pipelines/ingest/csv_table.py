"""Reading a CSV file (plain or gzip) as text, in batches of bounded size.

Two readers: Polars for files that are plain, the exact one (``csv_records``) for whatever Polars stumbles over or reads
in a way of its own.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.city.codecs import is_wide
from pipelines.city.formats import CsvFormat
from pipelines.ingest.csv_records import DAMAGED, MAX_LINE, Dialect, damage, data_rows, opened, read_header
from pipelines.ingest.encodings import BLOCK, marked, rewrite, with_order
from pipelines.ingest.refusal import Refusal
from pipelines.ingest.table import BATCH_BYTES, BATCH_ROWS, ROW, Ragged, Row, frames

__all__ = ["ROW", "CsvTable", "Ragged", "open_csv"]


@dataclass(frozen=True)
class CsvTable:
    """A CSV file whose header has been read. ROW is the number of the record in the file, title lines counted.

    ``path`` is what Polars reads, UTF-8 with ``head_lines`` physical lines before the first data record; ``exact`` is
    what the exact reader reads, under ``dialect``. ``is_plain``: Polars reads it as the exact reader would, or fails.
    """

    path: Path
    headers: tuple[str, ...]
    dialect: Dialect
    exact: Path
    skip_lines: int = 0
    head_lines: int = 1
    has_header: bool = True
    is_plain: bool = True
    may_hold_nul: bool = False
    batch_rows: int = BATCH_ROWS
    lines: int = 0  # of the whole file; a record may have several
    kind: str = "csv"

    @property
    def header_row(self) -> int:
        return self.skip_lines + 1

    def batches(self, wanted: Sequence[int], *, tolerant: bool = False) -> Iterator[pl.DataFrame]:
        """Text frames of ``wanted`` column positions and ROW, in file order.

        Raises Ragged where the quick reader cannot read the file; with ``tolerant`` the exact one reads it, and raises
        Refusal where the file cannot be read to its end.
        """
        if tolerant:
            yield from frames(self._rows(), wanted, len(self.headers))
            return
        if not self.is_plain:
            raise Ragged("the file is not plain")
        scan = self._scan().select(ROW, *(f"c{i}" for i in wanted))
        try:
            yield from scan.collect_batches(maintain_order=True, chunk_size=self.batch_rows)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise Ragged(str(error)) from None

    def count(self) -> int:
        """How many data records the file holds, as far as it can be read."""
        try:
            return sum(1 for _ in self._rows())
        except Refusal as refusal:
            return refusal.rows or 0

    def _rows(self) -> Iterator[Row]:
        return data_rows(
            self.exact, self.dialect, skip_lines=self.skip_lines, has_header=self.has_header, width=len(self.headers)
        )

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_csv(
            self.path,
            has_header=False,
            skip_lines=self.head_lines,
            schema={f"c{i}": pl.String for i in range(len(self.headers))},
            separator=self.dialect.delimiter,
            quote_char=self.dialect.quote or None,
            glob=False,
            row_index_name=ROW,
            row_index_offset=self.skip_lines + (2 if self.has_header else 1),
            truncate_ragged_lines=False,
            missing_columns="raise",
            extra_columns="raise",
        )


@dataclass
class _Facts:
    """What one look at all the bytes of a file tells."""

    has_nul: bool = False
    has_lone_cr: bool = False
    has_escape: bool = False
    size: int = 0
    lines: int = 0

    @property
    def batch_rows(self) -> int:
        """As many rows as go into a batch of ``BATCH_BYTES``: a few long texts take as much memory as many numbers."""
        return min(BATCH_ROWS, max(1, BATCH_BYTES * self.lines // max(self.size, 1)))


def open_csv(path: Path, layout: CsvFormat, scratch: Path, *, max_bytes: int | None = None) -> CsvTable:
    """Read the header of ``path``. A file that is not UTF-8 is first rewritten as UTF-8 into ``scratch``.

    ``max_bytes`` is the limit of what a compressed file may become. Raises Refusal for an empty, truncated or wrongly
    encoded file.
    """
    if path.stat().st_size == 0:
        raise Refusal("empty-file", "the file has no bytes", rows=0)
    declared = tuple(dict.fromkeys(layout.encoding))
    try:
        with opened(path) as file:
            head = file.read(1 << 16)
        if not head:
            raise Refusal("empty-file", "there is nothing in the compressed file", rows=0)
        exact, encodings = _readable(path, head, declared, scratch)
        readable = exact
        if encodings[0] != "utf-8":
            readable = _as_utf8(exact, encodings[0], scratch) or exact
            if readable != exact:
                exact, encodings = readable, ("utf-8",)
        facts = _look(readable, layout, max_bytes)
        dialect = Dialect(layout.delimiter, layout.quote, layout.escape, encodings)
        headers, head_lines = _header(exact, layout, dialect)
    except DAMAGED as error:
        rows = count_lines(path)
        raise Refusal("unreadable-file", f"{damage(error)}; {rows:,} rows could be read", rows=rows) from error
    return CsvTable(
        path=readable,
        headers=headers,
        dialect=dialect,
        exact=exact,
        skip_lines=layout.skip_lines,
        head_lines=head_lines,
        has_header=not layout.headers,
        # A single column of text with a stray quotation mark in two lines is one cell of two lines to Polars.
        is_plain=encodings[0] == "utf-8"
        and len(headers) > 1
        and layout.delimiter.isascii()
        and layout.quote.isascii()
        and not (facts.has_lone_cr or facts.has_escape),
        may_hold_nul=facts.has_nul,
        batch_rows=facts.batch_rows,
        lines=facts.lines,
    )


def count_lines(path: Path) -> int:
    """Data lines that can be read from a damaged file: line ends, one more for an open last line, less the header."""
    lines, last = 0, b"\n"
    try:
        with opened(path) as file:
            while block := file.read(BLOCK):
                lines += block.count(b"\n")
                last = block[-1:]
    except DAMAGED:
        pass
    return max(lines + (last != b"\n") - 1, 0)


def _readable(path: Path, head: bytes, declared: tuple[str, ...], scratch: Path) -> tuple[Path, tuple[str, ...]]:
    """A file whose records can be found byte by byte, and the encodings they may be in."""
    told, length = marked(head)
    if told == "utf-8":
        return path, tuple(dict.fromkeys(("utf-8", *(name for name in declared if not is_wide(name)))))
    wide = told or (with_order(declared[0], head) if is_wide(declared[0]) else "")
    if not wide:
        return path, tuple(name for name in declared if not is_wide(name))
    target = scratch / "as-utf8.csv"
    with opened(path) as file:
        file.seek(length)
        rewrite(file, wide, target, strict=False)
    return target, ("utf-8",)


def _as_utf8(path: Path, encoding: str, scratch: Path) -> Path | None:
    """The file rewritten; None where some of it is not in ``encoding``."""
    target = scratch / "as-utf8.csv"
    try:
        with opened(path) as file:
            rewrite(file, encoding, target, strict=True)
    except UnicodeDecodeError:
        target.unlink()
        return None
    return target


def _look(path: Path, layout: CsvFormat, max_bytes: int | None) -> _Facts:
    """One pass over the bytes, at the speed of memory for a plain file. Raises Refusal for what is no text table."""
    facts, line, last = _Facts(), 0, b""
    escape = layout.escape.encode()
    with opened(path) as file:
        is_compressed = isinstance(file, gzip.GzipFile)
        while block := file.read(BLOCK):
            facts.size += len(block)
            facts.lines += block.count(b"\n")
            if max_bytes is not None and facts.size > max_bytes and is_compressed:
                raise Refusal(
                    "too-large", f"unpacked it is larger than {max_bytes:,} bytes (archive.max_bytes)", rows=0
                )
            facts.has_nul |= b"\0" in block
            facts.has_lone_cr |= last == b"\r" and not block.startswith(b"\n")
            if b"\r" in block:
                facts.has_lone_cr |= block.count(b"\r") - block.endswith(b"\r") > block.count(b"\r\n")
            facts.has_escape |= bool(escape) and escape in block
            end = max(block.rfind(b"\n"), block.rfind(b"\r") if facts.has_lone_cr else -1)
            line = line + len(block) if end < 0 else len(block) - end
            if line > MAX_LINE:
                raise Refusal("unreadable-file", f"a line is longer than {MAX_LINE >> 20} MB: no text table", rows=0)
            last = block[-1:]
    facts.has_lone_cr |= last == b"\r"
    return facts


def _header(path: Path, layout: CsvFormat, dialect: Dialect) -> tuple[tuple[str, ...], int]:
    """The headers, and the number of physical lines before the first data record."""
    if layout.headers:
        return tuple(name.strip() for name in layout.headers), layout.skip_lines
    with opened(path) as file:
        cells, fault, told, head_lines = read_header(file, dialect, skip_lines=layout.skip_lines)
    headers = tuple(name.strip() for name in cells)
    if fault is not None:
        told = f"the header, line {layout.skip_lines + 1}, cannot be read: {told}"
    elif not any(headers):
        fault, told = "empty-file", f"line {layout.skip_lines + 1} holds no header"
    elif any("\0" in name for name in headers):
        fault, told = "wrong-encoding", "there are NUL bytes in the header: is the file in UTF-16?"
    if fault is not None:
        raise Refusal(fault, told or "", rows=max(count_lines(path) - layout.skip_lines, 0))
    return headers, head_lines
