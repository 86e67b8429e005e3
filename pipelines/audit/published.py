"""A published table: rows of text, as they were printed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.city.hints import nearest
from pipelines.errors import UsageError

ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class Published:
    """``rows`` are data rows in the order of the file, cells without white space at their ends."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]


def read_published(path: Path, blank_marks: Sequence[str] = ()) -> Published:
    """A CSV in UTF-8 or GB18030 with a header line. Raises UsageError where there is none or a row does not fit it."""
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file", "check the path")
    raw = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise UsageError(f"{path}: neither UTF-8 nor GB18030", "save the table as CSV in UTF-8")
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    columns = tuple(name.strip() for name in header)
    if not any(columns):
        raise UsageError(f"{path}: the first line holds no header", "put the names of the columns into the first line")
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if doubled:
        raise UsageError(f"{path}, line 1: the column {doubled[0]!r} stands there twice", "give each a name of its own")
    rows = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            raise UsageError(
                f"{path}, line {reader.line_num}: {len(cells)} cells under {len(columns)} headers",
                "check the commas and quotation marks of that line",
            )
        stripped = (cell.strip() for cell in cells)
        rows.append(dict(zip(columns, ("" if cell in blank_marks else cell for cell in stripped), strict=True)))
    return Published(path, columns, tuple(rows))


def need_columns(table: Published, names: Sequence[str], place: str) -> None:
    """Raise UsageError naming ``place`` of the rule file where ``table`` lacks one of ``names``."""
    for name in names:
        if name not in table.columns:
            raise UsageError(
                f"{place}: {table.path.name} has no column {name!r}{nearest(name, table.columns)}",
                f"its columns are: {', '.join(table.columns)}",
            )
