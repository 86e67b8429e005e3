"""The search for personal data in everything that a home holds outside of landing.

The patterns are written here and share nothing with the masks of the door. A search that finds nothing means something
only where the raw files are known to hold what it looks for.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.warehouse.db import open_db

PERSONAL = {
    "mobile": re.compile(r"(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z])"),
    "identity number": re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d\d[01]\d[0-3]\d\d{3}[0-9Xx](?![0-9A-Za-z])"),
    "e-mail": re.compile(r"(?<![\w.])[\w.]+@[\w-]+\.[a-z]{2,}"),
    "plate": re.compile(
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][· ]?[0-9A-Z]{4,5}[0-9A-Z挂学警]"
    ),
    "landline": re.compile(r"(?<![0-9A-Za-z.\-])0[1-9]\d{1,2}[- ]\d{3,4}[- ]?\d{4}(?![0-9A-Za-z\-])"),
    "door": re.compile(r"\d+号楼|\d+单元|单元\d+|\d{3,4}室"),
    "name": re.compile(r"(?:[王李张刘陈肖付]|欧阳|东方)(?:先生|女士|大姐)"),
}
# the outside of the door, and what the generator of a synthetic city wrote
OUTSIDE = ("landing", "synthetic", "inbox")


def files_of(home: Path) -> Iterator[Path]:
    """Every file of a city's home, or of all that CITYEVAL_HOME holds, but those outside of the door."""
    for path in sorted(home.rglob("*")):
        if path.is_file() and not path.is_symlink() and not set(path.relative_to(home).parts[:2]) & set(OUTSIDE):
            yield path


def text_of(path: Path) -> str:
    """Everything in a file that could be read by somebody, its name included."""
    return "\n".join(_texts([path]))


def found_in(home: Path) -> dict[str, set[str]]:
    """What was found, by file and kind. Most texts stand in many tables, and each of them is looked at once."""
    found: dict[str, set[str]] = {}
    for path, text in texts_in(home):
        for kind, pattern in PERSONAL.items():
            for match in pattern.findall(text) if kind != "e-mail" or "@" in text else ():
                found.setdefault(f"{path.relative_to(home)}: {kind}", set()).add(match)
    return found


def texts_in(home: Path) -> Iterator[tuple[Path, str]]:
    """Everything in the files of ``home`` that could be read by somebody, each text once, with the file it is in."""
    seen: set[str] = set()
    for paths in _together(home):
        texts = _texts(paths) - seen
        seen |= texts
        yield paths[0], "\n".join(texts)


def _together(home: Path) -> list[list[Path]]:
    """The files; tables of one name, of which each publication has one, are read in one go."""
    groups: dict[str, list[Path]] = {}
    for path in files_of(home):
        if path.name != "reporter.key":
            groups.setdefault(path.name if path.suffix == ".parquet" else str(path), []).append(path)
    return list(groups.values())


def _texts(paths: list[Path]) -> set[str]:
    """Of one file, or of several Parquet files."""
    path = paths[0]
    if path.suffix == ".parquet":
        with duckdb.connect() as db:
            table = db.read_parquet([str(each) for each in paths], union_by_name=True).to_arrow_table()
        return {path.name} | _cells(table)
    if path.suffix == ".duckdb":
        with open_db(path, read_only=True) as db:
            tables = [row[0] for row in db.execute("select table_name from duckdb_tables()").fetchall()]
            return {path.name}.union(*(_cells(db.sql(f'select * from "{name}"').to_arrow_table()) for name in tables))
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return {path.name, *(book.read(name).decode("utf-8", "replace") for name in book.namelist())}
    return {path.name, path.read_bytes().decode("utf-8", "replace")}


def _cells(table: pa.Table) -> set[str]:
    """The distinct texts of a table, those in lists too."""
    found: set[str] = set()
    for column in table.columns:
        values = (
            pc.list_flatten(column) if pa.types.is_list(column.type) or pa.types.is_large_list(column.type) else column
        )
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            found.update(pc.unique(values).to_pylist())
        else:
            assert not any(word in str(values.type) for word in ("string", "binary", "struct")), values.type
    return found - {None}
