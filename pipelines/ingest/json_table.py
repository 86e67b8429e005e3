"""JSON documents and JSON lines as a table of text: one row per record, fields named by dotted path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.city.codecs import is_wide
from pipelines.city.models import Source
from pipelines.city.patterns import fits
from pipelines.ingest.csv_records import DAMAGED, damage, opened
from pipelines.ingest.encodings import decode, first_bad_byte, marked
from pipelines.ingest.headers import header_groups
from pipelines.ingest.refusal import HeaderFault, Refusal
from pipelines.ingest.table import Row, frames

MAX_DOCUMENT = 256_000_000  # bytes of a document, which is held in memory; JSON lines have no limit
MAX_LINE = 1 << 26
MAX_HEADERS = 5_000  # keys that are data, not names, would make a column each
MAX_DEPTH = 20  # of objects inside a record that become columns; deeper ones stay JSON text


class _Number(float):
    """A number with a fraction, as it stands in the file."""

    text = ""


def _number(text: str) -> _Number:
    number = _Number(text)
    number.text = text
    return number


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def parse(text: str) -> Any:
    """``text`` as JSON. Raises ValueError where it is none, and for a key that stands twice in one object."""
    try:
        return json.loads(text, parse_float=_number, parse_constant=str, object_pairs_hook=_fields)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


@dataclass(frozen=True)
class JsonTable:
    """A file of records. ROW counts records from 1; in JSON lines without ``each`` it is the number of the line.

    ``named`` are the paths that the source names, those in ``ignored`` stay whole; ``expected`` are the headers of a
    document without records.
    """

    path: Path
    records: str
    each: str
    is_lines: bool
    encodings: tuple[str, ...]
    named: tuple[str, ...]
    ignored: tuple[str, ...]
    expected: tuple[str, ...]
    kind: str = "json"
    header_row: int = 0
    may_hold_nul: bool = True

    @cached_property
    def headers(self) -> tuple[str, ...]:
        """The paths of all records, in the order in which they are met."""
        found: dict[str, None] = {}
        for _, record, fault, _ in self._rows():
            if fault is None:
                found.update(dict.fromkeys(record))
                if len(found) > MAX_HEADERS:
                    raise Refusal(
                        "too-large",
                        f"the records have more than {MAX_HEADERS:,} different fields: are names used as data?",
                        rows=0,
                    )
        # A list without records lacks no field.
        return tuple(found) or (self.expected if not self.is_lines and self.count() == 0 else ())

    def batches(self, wanted: Sequence[int], *, tolerant: bool = False) -> Iterator[pl.DataFrame]:
        """Text frames of ``wanted`` positions, ROW, FAULT and TOLD; ``tolerant`` has no meaning here."""
        del tolerant
        names = self.headers

        def rows() -> Iterator[Row]:
            for number, record, fault, told in self._rows():
                yield number, [record.get(name) for name in names], fault, told

        yield from frames(rows(), wanted, len(names))

    def count(self) -> int:
        return sum(1 for _ in self._rows())

    def _rows(self) -> Iterator[tuple[int, dict[str, str | None], str | None, str | None]]:
        number = 0
        for line, document, fault, told in self._documents():
            if fault is not None:
                number = line if self._by_line else number + 1
                yield number, {}, fault, told
                continue
            for record in self._in(document):
                number = line if self._by_line else number + 1
                if not isinstance(record, dict):
                    yield number, {}, "broken-row", "not an object"
                    continue
                cells: dict[str, str | None] = {}
                try:
                    self._flatten(record, "", cells, 0)
                except ValueError as error:
                    yield number, {}, "broken-row", str(error)
                    continue
                if any(cell is not None and cell.strip() for cell in cells.values()):
                    yield number, cells, None, None

    @property
    def _by_line(self) -> bool:
        return self.is_lines and not self.each and not self.records

    @cached_property
    def _document(self) -> Any:
        return _document(self.path, self.encodings)

    def _documents(self) -> Iterator[tuple[int, Any, str | None, str | None]]:
        """Line number, document, the reason why it is none and what was found."""
        if not self.is_lines:
            yield 1, self._document, None, None
            return
        rows = 0
        try:
            with opened(self.path) as file:
                for number, raw in enumerate(iter(lambda: file.readline(MAX_LINE), b""), start=1):
                    if len(raw) == MAX_LINE:
                        raise Refusal("unreadable-file", f"line {number} is longer than {MAX_LINE >> 20} MB", rows=rows)
                    line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
                    if not line.strip():
                        continue
                    rows += 1
                    text = decode(line, self.encodings)
                    if text is None:
                        at = first_bad_byte(line, self.encodings[0])
                        yield number, None, "wrong-encoding", f"byte {at} is not {self.encodings[0]}"
                        continue
                    try:
                        yield number, parse(text), None, None
                    except ValueError as error:
                        yield number, None, "broken-row", _said(error)
        except DAMAGED as error:
            raise Refusal("unreadable-file", f"{damage(error)}; {rows:,} rows could be read", rows=rows) from error

    def _in(self, document: Any) -> Iterator[Any]:
        """The records of ``document``, or the elements of their lists named by ``each``."""
        for record in self._listed(document):
            if not self.each or not isinstance(record, dict):
                yield record
                continue
            keys = self.each.split(".")
            parent: Any = record
            for key in keys[:-1]:
                parent = parent.get(key) if isinstance(parent, dict) else None
            if not isinstance(parent, dict) or parent.get(keys[-1]) is None:
                continue
            elements = parent[keys[-1]]
            for element in elements if isinstance(elements, list) else [elements]:
                yield _with(record, keys, element)

    def _listed(self, document: Any) -> list[Any]:
        if self.records:
            for key in self.records.split("."):
                if not isinstance(document, dict) or key not in document:
                    faults = (HeaderFault("missing-label", self.records),)
                    raise Refusal("missing-label", f"there is no list at {self.records!r}", rows=0, headers=faults)
                document = document[key]
        elif isinstance(document, dict) and not self.each and not self._by_line:
            self._mind_a_list_inside(document)
        return document if isinstance(document, list) and not self._by_line else [document]

    def _mind_a_list_inside(self, document: dict[str, Any]) -> None:
        """Refuse a document that is no record itself but holds, in a list, some that have the source's fields."""
        firsts = {name.split(".")[0] for name in self.named}
        if firsts & document.keys():
            return
        for path, records in _lists(document, ()):
            if any(isinstance(record, dict) and firsts & record.keys() for record in records):
                told = f"the records stand in a list at {path!r}: set json.records to that"
                raise Refusal("missing-label", told, rows=len(records))

    def _flatten(self, value: dict[str, Any], before: str, cells: dict[str, str | None], depth: int) -> None:
        for key, item in value.items():
            path = f"{before}{key.strip()}"
            stays, opens = True, False
            if isinstance(item, dict) and item and depth < MAX_DEPTH:
                stays, opens = _treated(path, self.named, self.ignored)
            if stays:
                if path in cells:
                    raise ValueError(f"two fields are called {path!r}")
                cells[path] = _text(item)
            if opens:
                self._flatten(item, f"{path}.", cells, depth + 1)


def open_json(path: Path, source: Source, *, is_lines: bool) -> JsonTable:
    """``path`` as a table. Numbers keep the digits that they are written with, true and false are those words, null is
    blank, lists (and objects that the source names) stay JSON text.

    Raises Refusal for a document that is none or larger than ``MAX_DOCUMENT``, and where no record can be read.
    """
    needed, optional = header_groups(source)
    encodings = tuple(name for name in source.csv.encoding if not is_wide(name)) or ("utf-8",)
    table = JsonTable(
        path=path,
        records=source.json_.records,
        each=source.json_.each,
        is_lines=is_lines,
        encodings=encodings,
        named=tuple(name for group in (*needed, *optional) for name in group),
        ignored=source.ignore,
        expected=tuple(group[0] for group in needed),
    )
    if not table.headers:
        rows = table.count()
        if rows == 0:
            raise Refusal("empty-file", "there is no record in it", rows=0)
        raise Refusal("unreadable-file", f"none of the {rows:,} records can be read", rows=rows)
    return table


def _lists(document: dict[str, Any], before: tuple[str, ...]) -> Iterator[tuple[str, list[Any]]]:
    """The lists in ``document`` and in the objects in it, with their dotted paths."""
    for key, item in document.items():
        if isinstance(item, list):
            yield ".".join((*before, key)), item
        elif isinstance(item, dict) and len(before) < MAX_DEPTH:
            yield from _lists(item, (*before, key))


@lru_cache(maxsize=4096)
def _treated(path: str, named: tuple[str, ...], ignored: tuple[str, ...]) -> tuple[bool, bool]:
    """Whether the object at ``path`` is a column of JSON text, and whether its fields are columns."""
    is_ignored = fits(path, ignored)
    return path in named or is_ignored, not is_ignored or any(name.startswith(f"{path}.") for name in named)


def _document(path: Path, encodings: tuple[str, ...]) -> Any:
    try:
        with opened(path) as file:
            raw = file.read(MAX_DOCUMENT + 1)
    except DAMAGED as error:
        raise Refusal("unreadable-file", damage(error), rows=0) from error
    if len(raw) > MAX_DOCUMENT:
        what = f"a JSON document of more than {MAX_DOCUMENT:,} bytes; JSON lines have no such limit"
        raise Refusal("too-large", what, rows=0)
    told, length = marked(raw)
    text = decode(raw[length:], (told,) if told else encodings)
    if text is None:
        raise Refusal("wrong-encoding", f"not {told or ', '.join(encodings)}", rows=0)
    try:
        return parse(text)
    except ValueError as error:
        raise Refusal("unreadable-file", f"no JSON document: {_said(error)}", rows=0) from error


def _said(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, line {error.lineno} column {error.colno}"
    return str(error)


def _with(record: dict[str, Any], keys: Sequence[str], element: Any) -> dict[str, Any]:
    """``record`` with ``element`` in the place of the list at ``keys``."""
    copy = dict(record)
    copy[keys[0]] = element if len(keys) == 1 else _with(record[keys[0]], keys[1:], element)
    return copy


def _text(item: Any) -> str | None:
    if item is None or isinstance(item, str):
        return item
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, _Number):
        return item.text
    if isinstance(item, (dict, list)):
        return json.dumps(item, ensure_ascii=False, separators=(",", ":")) if item else None
    return str(item)
