"""What the XML of a workbook's sheet tells and its reader does not: how far it reaches, which cells are merged, which
numbers are longer than a spreadsheet can keep, which formulas were never worked out.

It also is the guard in front of the reader, which makes room for a whole rectangle from the first cell to the last.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as Tree

from pipelines.ingest.refusal import Refusal

MAX_BYTES = 2_000_000_000  # of a workbook, unpacked
MAX_PART = 16_000_000  # of the parts that name sheets and files
MAX_CELLS = 60_000_000  # of a sheet's rectangle: 1,048,576 rows of 57 columns
BLOCK = 1 << 22
KEEP = 4096  # what a cell's first tags may take; carried over the edge of a block
DIGITS = 15  # a spreadsheet keeps so many digits of a number

CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
VALUED = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})\d{1,7}"[^>]*(?<!/)>\s*<(?:\w+:)?(?:v|is|f)\b')
NUMBER = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*(?:<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*)?"
    rb"<(?:\w+:)?v>(-?\d{16,}|-?\d+(?:\.\d*)?[eE]\+?\d+)<"
)
TYPE = re.compile(rb'\bt="([^"]*)"')
FORMULA = re.compile(rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*>([^<]+)</(?:\w+:)?f>\s*</(?:\w+:)?c>")
MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, KeyError)

Cell = tuple[int, int]  # row and column, both from 0


@dataclass
class Scan:
    """Of one sheet; columns are counted from the first one that holds a value, like the reader does."""

    is_known: bool = False
    merged: list[tuple[Cell, Cell]] = field(default_factory=list)  # first and last cell of each range
    long_numbers: dict[Cell, str] = field(default_factory=dict)  # as they stand there, in scientific notation
    formulas: dict[Cell, str] = field(default_factory=dict)  # without a value


def scan(path: Path, sheet: str | int) -> Scan:
    """Look through a workbook that is a zip. Raises Refusal where it is damaged, too large, or reaches too far; of a
    sheet that cannot be found, and of other kinds of workbook, nothing is told.
    """
    try:
        with zipfile.ZipFile(path) as book:
            size = sum(part.file_size for part in book.infolist())
            if size > MAX_BYTES:
                raise Refusal(
                    "too-large", f"the workbook is {size:,} bytes unpacked; {MAX_BYTES:,} are allowed", rows=0
                )
            part = _part(book, sheet)
            return _scan(_blocks(book, part)) if part is not None else Scan()
    except DAMAGED as error:
        raise Refusal("unreadable-file", f"the workbook is damaged ({error})", rows=0) from error


def column_number(letters: bytes) -> int:
    """A → 0, Z → 25, AA → 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _blocks(book: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    with book.open(part) as file:
        while block := file.read(BLOCK):
            yield block


def _scan(blocks: Iterator[bytes]) -> Scan:
    found = Scan(is_known=True)
    rest, last_row, columns, valued = b"", 0, set[bytes](), set[bytes]()
    merged: list[tuple[bytes, ...]] = []
    for block in blocks:
        text = rest + block
        cells = CELL.findall(text)
        if cells:
            columns.update(letters for letters, _ in cells)
            last_row = max(last_row, *(int(row) for _, row in cells))
        valued.update(VALUED.findall(text))
        for match in NUMBER.finditer(text):
            place, kind = PLACE.search(match[1]), TYPE.search(match[1])
            if place is not None and (kind is None or kind[1] == b"n"):
                found.long_numbers[_cell(place)] = _scientific(match[2])
        if b"f>" in text:
            for match in FORMULA.finditer(text):
                place = PLACE.search(match[1])
                if place is not None:
                    found.formulas[_cell(place)] = match[2].decode("utf-8", "replace")
        merged += MERGE.findall(text)
        rest = text[-KEEP:]
    widest = max((column_number(letters) for letters in columns), default=0) + 1
    if widest * last_row > MAX_CELLS:
        told = f"the sheet reaches to row {last_row:,} and column {widest:,}: delete the cells far away from the table"
        raise Refusal("too-large", told, rows=0)
    first = min((column_number(letters) for letters in valued), default=0)
    found.merged = [
        ((int(top) - 1, column_number(left) - first), (int(bottom) - 1, column_number(right) - first))
        for left, top, right, bottom in dict.fromkeys(merged)
    ]
    found.long_numbers = {(row, column - first): text for (row, column), text in found.long_numbers.items() if text}
    found.formulas = {(row, column - first): text for (row, column), text in found.formulas.items()}
    return found


def _cell(place: re.Match[bytes]) -> Cell:
    return int(place[2]) - 1, column_number(place[1])


def _scientific(number: bytes) -> str:
    """A number of more digits than a spreadsheet keeps, as 1.23456789012346E+17; "" for a shorter one."""
    try:
        value = float(number)
    except (ValueError, OverflowError):
        return ""
    return f"{value:.14E}".replace("E+0", "E+") if 10**DIGITS <= abs(value) < 1e300 else ""


def _part(book: zipfile.ZipFile, sheet: str | int) -> str | None:
    """The name of the part that holds ``sheet``."""
    names = set(book.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    targets = {
        relation.get("Id"): relation.get("Target", "") for relation in _parsed(book, "xl/_rels/workbook.xml.rels")
    }
    sheets = [
        (node.get("name"), next((value for key, value in node.attrib.items() if key.endswith("}id")), None))
        for node in _parsed(book, "xl/workbook.xml").iter()
        if node.tag.rsplit("}", 1)[-1] == "sheet"
    ]
    if isinstance(sheet, int):
        chosen = sheets[sheet][1] if sheet < len(sheets) else None
    else:
        chosen = next((relation for name, relation in sheets if name == sheet), None)
    target = targets.get(chosen, "")
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in names and part.endswith(".xml") else None


def _parsed(book: zipfile.ZipFile, part: str) -> Tree.Element:
    if book.getinfo(part).file_size > MAX_PART:
        raise ValueError(f"{part} is larger than {MAX_PART:,} bytes")
    text = book.read(part)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise ValueError(f"{part} declares entities")
    try:
        return Tree.fromstring(text)  # noqa: S314 without entities, and of bounded size
    except Tree.ParseError as error:
        raise ValueError(f"{part}: {error}") from error
