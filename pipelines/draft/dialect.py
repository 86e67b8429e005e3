"""How the bytes of a sample are laid out: encoding, delimiter, title lines, header; sheet and header row."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import fastexcel

from pipelines.city.formats import XlsxFormat
from pipelines.errors import UsageError
from pipelines.ingest.csv_records import DAMAGED, opened
from pipelines.ingest.encodings import marked
from pipelines.ingest.json_table import parse
from pipelines.ingest.refusal import Refusal
from pipelines.ingest.xlsx_table import open_xlsx

HEAD = 1 << 18
LINES = 60
DELIMITERS = ",\t;|^"
MOST_TITLES = 10
DATA_CELL = re.compile(r"[-+]?\d[\d,]*(\.\d+)?%?|\d{4}[-/]\d{1,2}[-/]\d{1,2}.*|\d{1,2}/\d{1,2}/\d{4}.*|(?i:true|false)")


def csv_layout(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The ``csv`` key of a source for ``path`` and a reason per guess. Raises UsageError where it has no text."""
    try:
        with opened(path) as file:
            raw = file.read(HEAD)
    except DAMAGED as error:
        raise UsageError(f"{path}: it cannot be read ({error})", "ask for the file again") from error
    encoding, text = _decoded(raw, path)
    lines = [line for line in text.splitlines()[: LINES + MOST_TITLES] if line.strip()]
    if not lines:
        raise UsageError(f"{path}: there is nothing in it", "give a file with records")
    delimiter, width = _delimiter(lines)
    rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))[:-1] or [lines[0].split(delimiter)]
    skip = next((i for i, row in enumerate(rows[:MOST_TITLES]) if len(row) == width and sum(map(bool, row)) > 1), 0)
    skip = 0 if width == 1 else skip
    layout: dict[str, Any] = {}
    why = []
    if encoding != "utf-8":
        layout["encoding"] = encoding
        why.append(f"encoding: the bytes are valid {encoding}, not UTF-8")
    if delimiter != ",":
        layout["delimiter"] = delimiter
        why.append(f"delimiter: {width} fields in most of the first {len(rows)} lines")
    if skip:
        layout["skip_lines"] = skip
        why.append(f"skip_lines: {skip} lines of another width stand above the header")
    header = rows[skip] if skip < len(rows) else rows[0]
    if sum(bool(DATA_CELL.fullmatch(cell.strip())) for cell in header) * 3 >= len(header):
        layout["headers"] = [f"column_{i + 1}" for i in range(len(header))]
        why.append("headers: the first line holds data, so the columns are numbered; give them their names")
    return layout, why


def _decoded(raw: bytes, path: Path) -> tuple[str, str]:
    told, length = marked(raw)
    if told:
        return ("utf-8" if told == "utf-8" else told), raw[length:].decode(told, "ignore")
    for name in ("utf-8", "gb18030", "big5"):
        try:
            return name, raw.decode(name)
        except UnicodeDecodeError as error:
            if error.start > len(raw) - 4 and len(raw) == HEAD:  # a character cut at the end of what was read
                return name, raw[: error.start].decode(name)
    if raw.count(0) > len(raw) // 4:
        name = "utf-16-be" if raw[:1] == b"\0" else "utf-16-le"
        return name, raw.decode(name, "ignore")
    raise UsageError(f"{path}: its encoding is none of UTF-8, GB18030, Big5, UTF-16", "save it as UTF-8")


def _delimiter(lines: list[str]) -> tuple[str, int]:
    """The delimiter that gives most lines the same number of fields, and that number."""
    best = (0.0, ",", 1)
    for mark in DELIMITERS:
        widths = Counter(len(row) for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=mark))
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        if width > 1:
            best = max(best, (count / sum(widths.values()) + min(width, 20) / 100, mark, width))
    return best[1], best[2]


def xlsx_layout(path: Path) -> tuple[dict[str, Any], list[str]]:
    """The ``xlsx`` key for ``path``: the sheet with most rows, and the row that holds the headers."""
    try:
        names = fastexcel.read_excel(path).sheet_names
    except fastexcel.FastExcelError as error:
        raise UsageError(f"{path}: it is no workbook that can be read ({error})", "save it as .xlsx") from error
    tables = []
    for name in names:
        try:
            tables.append((name, open_xlsx(path, XlsxFormat(sheet=name))))
        except Refusal:
            continue
    if not tables:
        raise UsageError(f"{path}: no sheet holds a table", "give a workbook with records")
    name, table = max(tables, key=lambda item: item[1].count() * len(item[1].headers))
    layout: dict[str, Any] = {}
    why = []
    if name != names[0] or len(names) > 1:
        layout["sheet"] = name
        why.append(f"sheet: {name} is the largest of {len(names)}")
    width = len(table.headers)
    rows = [table.headers, *(row[1:] for row in table.frame.head(MOST_TITLES).iter_rows())]
    at = [1, *(int(number) for number in table.frame.head(MOST_TITLES)["__row"])]
    for number, row in zip(at, rows, strict=True):
        filled = [cell for cell in row if cell]
        if len(filled) * 3 >= width * 2 and not any(DATA_CELL.fullmatch(cell) for cell in filled):
            if number > 1:
                layout["header_row"] = number
                why.append(f"header_row: the first {number - 1} rows do not fill the {width} columns")
            break
    return layout, why


def json_layout(path: Path, *, is_lines: bool) -> tuple[dict[str, Any], list[str]]:
    """The ``json`` key: where in the document the list of records stands."""
    if is_lines:
        return {}, []
    try:
        with opened(path) as file:
            document = parse(file.read().decode("utf-8-sig"))
    except (ValueError, *DAMAGED) as error:
        raise UsageError(f"{path}: it is no JSON document in UTF-8", "give one that is") from error
    found = [(len(value), name) for name, value in _lists(document)]
    if isinstance(document, list) or not found:
        return {}, []
    count, name = max(found)
    return {"records": name}, [f"records: {name} is the longest list of the document ({count} records)"]


def _lists(document: Any, path: str = "", depth: int = 3) -> list[tuple[str, list[Any]]]:
    if not isinstance(document, dict) or not depth:
        return []
    found = []
    for key, value in document.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found.append((name, value))
        found += _lists(value, name, depth - 1)
    return found
