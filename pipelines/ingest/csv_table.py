"""Reading a CSV file (plain or gzip) as text, in batches of bounded size."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from pipelines.city.formats import CsvFormat
from pipelines.errors import UsageError
from pipelines.ingest.refusal import Refusal

ROW = "__row"  # 1-based record number in the file, the header being 1
BATCH_ROWS = 200_000
BLOCK = 1 << 22
UTF8_NAMES = {"utf-8", "utf-8-sig", "ascii"}

# How Polars reports that records differ in their number of fields.
RAGGED = ("found more fields", "not specified in schema", "not found in CSV")


class Ragged(Exception):  # noqa: N818 tells the caller to read again, tolerantly
    """Some record has too many or too few fields."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of ``path``, decompressed where it is gzip (told by its content, not by its name)."""
    with path.open("rb") as raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if is_gzip else path.open("rb") as file:
        yield file  # type: ignore[misc]


@dataclass(frozen=True)
class CsvTable:
    """A CSV file whose header has been read. Columns are named c0, c1 … by position; blank cells are null."""

    path: Path
    headers: tuple[str, ...]
    delimiter: str
    quote: str
    kind: str = "csv"

    def batches(self, wanted: Sequence[int], *, tolerant: bool = False) -> Iterator[pl.DataFrame]:
        """Text frames of ``wanted`` column positions and ``ROW``, at most ``BATCH_ROWS`` rows each, in file order.

        Raises Ragged where a record has more fields than the header (with ``tolerant`` it is cut instead), and
        Refusal where the file cannot be read to its end.
        """
        scan = self._scan(tolerant=tolerant).select(ROW, *(f"c{i}" for i in wanted))
        try:
            yield from scan.collect_batches(maintain_order=True, chunk_size=BATCH_ROWS)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise self._named(error, tolerant=tolerant) from error

    def count(self) -> int:
        """How many data records the file holds, as far as it can be read."""
        try:
            return int(self._scan(tolerant=True).select(pl.len()).collect(engine="streaming").item())
        except (pl.exceptions.PolarsError, OSError):
            return count_lines(self.path)

    def _scan(self, *, tolerant: bool) -> pl.LazyFrame:
        return pl.scan_csv(
            self.path,
            has_header=False,
            skip_rows=1,
            schema={f"c{i}": pl.String for i in range(len(self.headers))},
            separator=self.delimiter,
            quote_char=self.quote or None,
            glob=False,
            row_index_name=ROW,
            row_index_offset=2,
            truncate_ragged_lines=tolerant,
            missing_columns="insert" if tolerant else "raise",
            extra_columns="ignore" if tolerant else "raise",
        )

    def _named(self, error: Exception, *, tolerant: bool) -> Exception:
        text = str(error)
        if not tolerant and any(sign in text for sign in RAGGED):
            return Ragged(text)
        if "utf-8" in text or "utf8" in text:
            return Refusal("wrong-encoding", _first_bad_line(self.path), rows=count_lines(self.path))
        if "could not parse" in text or "quote" in text:
            return Refusal("broken-quotes", "a quotation mark is opened and not closed", rows=count_lines(self.path))
        return Refusal("unreadable-file", text.splitlines()[0], rows=count_lines(self.path))


def open_csv(path: Path, layout: CsvFormat, scratch: Path) -> CsvTable:
    """Read the header of ``path``. A file that is not UTF-8 is first rewritten as UTF-8 into ``scratch``.

    Raises Refusal for an empty, truncated or wrongly encoded file and UsageError for an encoding nobody knows.
    """
    if path.stat().st_size == 0:
        raise Refusal("empty-file", "the file has no bytes", rows=0)
    try:
        encoding = codecs.lookup(layout.encoding[0]).name
    except LookupError as error:
        raise UsageError(
            f"csv.encoding: {layout.encoding[0]!r} is not known",
            "use utf-8, gb18030, big5 or a name Python knows",
        ) from error
    try:
        with opened(path) as file:
            has_bom = file.read(3) == codecs.BOM_UTF8
        readable = path if has_bom or encoding in UTF8_NAMES else _as_utf8(path, encoding, scratch)
        headers = _header(readable, layout)
    except UnicodeDecodeError as error:
        raise Refusal("wrong-encoding", f"not {layout.encoding[0]}", rows=count_lines(path)) from error
    except (EOFError, OSError, csv.Error) as error:
        raise Refusal("unreadable-file", str(error), rows=count_lines(path)) from error
    return CsvTable(path=readable, headers=headers, delimiter=layout.delimiter, quote=layout.quote)


def count_lines(path: Path) -> int:
    """Data lines that can be read from a damaged file: line ends, one more for an open last line, less the header."""
    lines, last = 0, b"\n"
    try:
        with opened(path) as file:
            while block := file.read(BLOCK):
                lines += block.count(b"\n")
                last = block[-1:]
    except (EOFError, OSError):
        pass
    return max(lines + (last != b"\n") - 1, 0)


def records(table: CsvTable) -> Iterator[list[str]]:
    """Every record of the file, header first, by Python's reader: slow, and exact about the number of fields."""
    csv.field_size_limit(1 << 30)
    with opened(table.path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        yield from _reader(text, table.delimiter, table.quote)


def _reader(text: io.TextIOWrapper, delimiter: str, quote: str) -> Iterator[list[str]]:
    if quote:
        return csv.reader(text, delimiter=delimiter, quotechar=quote)
    return csv.reader(text, delimiter=delimiter, quoting=csv.QUOTE_NONE)


def _header(path: Path, layout: CsvFormat) -> tuple[str, ...]:
    with opened(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
        first = next(_reader(text, layout.delimiter, layout.quote), [])
    headers = tuple(name.strip() for name in first)
    if not any(headers):
        raise Refusal("empty-file", "the first line holds no header", rows=count_lines(path))
    return headers


def _as_utf8(path: Path, encoding: str, scratch: Path) -> Path:
    target = scratch / "as-utf8.csv"
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with opened(path) as source, target.open("wb") as out:
        while block := source.read(BLOCK):
            out.write(decoder.decode(block).encode("utf-8"))
        out.write(decoder.decode(b"", final=True).encode("utf-8"))
    return target


def _first_bad_line(path: Path) -> str:
    with opened(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return f"line {number} is not UTF-8 (byte {error.start + 1} of the line)"
    return "the text is not UTF-8"
