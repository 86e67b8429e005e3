"""The exact reader of CSV: record by record, each of which is right or has its own fault. Slow, and never guesses."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pipelines.ingest.encodings import decode, first_bad_byte, marked
from pipelines.ingest.refusal import Refusal

MAX_LINE = 1 << 26  # bytes between two line ends; what is longer is no text table
MAX_RECORD = 1 << 24  # bytes of a record of several lines: a quotation mark that is closed later was never meant so
MAX_LINES = 10_000  # the same, in lines
DAMAGED = (EOFError, OSError, zlib.error)
Record = tuple[int, list[str], str | None, str | None]  # number, fields, fault, what was found
csv.field_size_limit(1 << 30)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of ``path``, decompressed where it is gzip (told by its content, not by its name)."""
    with path.open("rb") as raw:
        is_gzip = raw.read(2) == b"\x1f\x8b"
    with gzip.open(path, "rb") if is_gzip else path.open("rb") as file:
        yield file  # type: ignore[misc]


@dataclass(frozen=True)
class Dialect:
    """How the text of a file is taken apart; ``encodings`` in the order in which a record is tried."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    encodings: tuple[str, ...] = ("utf-8",)

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        """Python's reader, strict: text behind a closing quotation mark or a quotation that never ends is an error."""
        settings: dict[str, Any] = {"delimiter": self.delimiter, "escapechar": self.escape or None, "strict": True}
        if self.quote:
            settings["quotechar"] = self.quote
        else:
            settings["quoting"] = csv.QUOTE_NONE
        return csv.reader(lines, **settings)


class _Lines:
    """Lines as Python's csv reader wants them; ``taken`` are those of the record that is being read, as (text, bytes);
    the text is "" where the line is valid in no encoding.

    It can go on after its end, so that lines may be put back.
    """

    def __init__(self, file: BinaryIO, dialect: Dialect) -> None:
        self._text = io.TextIOWrapper(file, encoding="latin-1", newline="")
        self._again: deque[tuple[str, bytes]] = deque()
        self._encodings = dialect.encodings
        self.taken: list[tuple[str, bytes]] = []
        self.size = 0
        self.is_bad = False
        self.number = 0  # of the physical line read last

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.size > MAX_RECORD or len(self.taken) > MAX_LINES:
            raise csv.Error("the quotation does not end")
        if self._again:
            text, raw = self._again.popleft()
        else:
            line = self._text.readline(MAX_LINE)
            if not line:
                raise StopIteration
            if len(line) == MAX_LINE:
                raise Refusal("unreadable-file", f"line {self.number + 1} is longer than {MAX_LINE >> 20} MB", rows=0)
            self.number += 1
            raw = line.encode("latin-1")
            text = decode(raw, self._encodings) or ""
        self.taken.append((text, raw))
        self.size += len(raw)
        if not text:
            self.is_bad = True
            return raw.decode(self._encodings[0], "replace")
        return text

    def next_record(self) -> None:
        self.taken, self.size, self.is_bad = [], 0, False

    def put_back(self) -> None:
        """All lines of this record but its first are read again."""
        self._again.extendleft(self.taken[:0:-1])

    def skip(self, lines: int) -> None:
        for _ in range(lines):
            if not self._text.readline(MAX_LINE):
                return
            self.number += 1


def read_records(file: BinaryIO, dialect: Dialect, *, skip_lines: int = 0) -> Iterator[Record]:
    """Every record of ``file`` (its mark gone), numbered from ``skip_lines`` + 1: its fields, the reason why it cannot
    be taken apart and what was found, both None where it can. Blank lines are records without fields.

    A quotation that does not close properly costs the line on which it opens, not those behind it. What reading the
    file raises is passed on.
    """
    lines = _Lines(file, dialect)
    lines.skip(skip_lines)
    yield from _records(lines, dialect, skip_lines)


def read_header(file: BinaryIO, dialect: Dialect, *, skip_lines: int) -> tuple[list[str], str | None, str | None, int]:
    """The fields of the first record behind ``skip_lines`` title lines, its fault and what was found; and how many
    physical lines of the file end with it.
    """
    start(file)
    lines = _Lines(file, dialect)
    lines.skip(skip_lines)
    for _, cells, fault, told in _records(lines, dialect, skip_lines):
        return list(cells), fault, told, lines.number
    return [], None, None, lines.number


def _records(lines: _Lines, dialect: Dialect, skip_lines: int) -> Iterator[Record]:
    reader = dialect.reader(lines)
    number = skip_lines
    while True:
        lines.next_record()
        fault = told = None
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            fields, fault, told = [], "broken-quotes", str(error)
            lines.put_back()
        number += 1
        if lines.is_bad or (fault is None and len(lines.taken) > 1 and len(dialect.encodings) > 1):
            better = _as_one(lines.taken if fault is None else lines.taken[:1], dialect)
            if better is not None and fault is None:
                fields = better
            elif better is None:
                raw = b"".join(raw for _, raw in (lines.taken if fault is None else lines.taken[:1]))
                fault = "wrong-encoding"
                told = f"byte {first_bad_byte(raw, dialect.encodings[0])} is not {dialect.encodings[0]}"
        yield number, fields, fault, told


def _as_one(taken: list[tuple[str, bytes]], dialect: Dialect) -> list[str] | None:
    """The fields of a record of several lines, all of them read in one encoding; None where there is none."""
    text = decode(b"".join(raw for _, raw in taken), dialect.encodings)
    if text is None:
        return None
    try:
        return next(dialect.reader(iter([text])), [])
    except csv.Error:
        return None


def data_rows(path: Path, dialect: Dialect, *, skip_lines: int, has_header: bool, width: int) -> Iterator[Record]:
    """The data records of ``path`` that are not blank; one with another number of fields than ``width`` is a fault.

    Raises Refusal, with the number of records that could be read, where the file is damaged or cut off.
    """
    rows = 0
    try:
        with opened(path) as file:
            start(file)
            found = read_records(file, dialect, skip_lines=skip_lines)
            if has_header:
                next(found, None)
            for number, cells, fault, told in found:
                if fault is None and not any(cell and not cell.isspace() for cell in cells):
                    continue
                rows += 1
                if fault is None and len(cells) != width:
                    yield number, cells, "broken-row", f"{len(cells)} fields, not {width}"
                else:
                    yield number, cells, fault, told
    except DAMAGED as error:
        raise Refusal("unreadable-file", f"{damage(error)}; {rows:,} rows could be read", rows=rows) from error


def start(file: BinaryIO) -> None:
    """Go to the first byte behind a byte order mark."""
    _, length = marked(file.read(4))
    file.seek(length)


def damage(error: Exception) -> str:
    """One of ``DAMAGED`` in words."""
    return "the file is cut off" if isinstance(error, EOFError) else f"the file is damaged ({error})"
