"""Nothing that tells who somebody is leaves landing: every file of a finished home is read and searched.

The patterns are written here and share nothing with the masks of the door. Each is first found in the raw files, so a
search that finds nothing afterwards means something.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipelines.warehouse.db import open_db
from tests.integration.conftest import SmallCity, cityeval

PERSONAL = {
    "mobile": re.compile(r"(?<![0-9A-Za-z.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z])"),
    "identity number": re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d\d[01]\d[0-3]\d\d{3}[0-9Xx](?![0-9A-Za-z])"),
    "e-mail": re.compile(r"[\w.]+@[\w-]+\.[a-z]{2,}"),
    "plate": re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·]?[0-9A-Z]{5,6}"),
    "name": re.compile(r"(?:王|李|张|刘|陈)(?:先生|女士)"),
}
# the outside of the door, and what the generator of a synthetic city wrote
OUTSIDE = ("landing", "synthetic", "inbox")


def files_of(home: Path) -> Iterator[Path]:
    for path in sorted(home.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.relative_to(home).parts[0] not in OUTSIDE:
            yield path


def text_of(path: Path) -> str:
    """Everything in a file that could be read by somebody, its name included."""
    if path.suffix == ".parquet":
        return path.name + _table(pl.read_parquet(path))
    if path.suffix == ".duckdb":
        with open_db(path, read_only=True) as db:
            tables = [row[0] for row in db.execute("select table_name from duckdb_tables()").fetchall()]
            return path.name + "".join(_table(db.sql(f'select * from "{name}"').pl()) for name in tables)
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return path.name + "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return path.name + "\n" + path.read_bytes().decode("utf-8", "replace")


def _table(frame: pl.DataFrame) -> str:
    texts = frame.select(pl.col(pl.String), pl.col(pl.List(pl.String)).list.join(" "))
    return "\n".join("\n".join(set(texts[column].drop_nulls())) for column in texts.columns)


def found_in(home: Path) -> dict[str, set[str]]:
    """What was found, by file and kind."""
    found: dict[str, set[str]] = {}
    for path in files_of(home):
        if path.name == "reporter.key":
            continue
        text = text_of(path)
        for kind, pattern in PERSONAL.items():
            for match in pattern.findall(text):
                found.setdefault(f"{path.relative_to(home)}: {kind}", set()).add(match)
    return found


def test_the_demo_city_holds_nobody(small_city: SmallCity) -> None:
    home = small_city.folders.root
    raw = "".join(path.read_bytes().decode("utf-8", "replace") for path in (home / "synthetic").rglob("12345*.csv"))
    assert PERSONAL["mobile"].search(raw)
    assert found_in(home) == {}
    assert {path.suffix for path in files_of(home)} >= {".parquet", ".duckdb", ".xlsx", ".csv", ".html", ".json"}
    assert (home / "landing").stat().st_mode & 0o077 == 0


PLANTED = {
    "诉求内容": "王先生反映，电话138 0013 8000，身份证11010519491231002X，车牌京A12345，"
    "邮箱li.lei@example.com，联系人：李女士",
    "满意度评价": "满意（张女士13900001111）",
    "受理渠道": "来电13700002222",
    "责任单位编码": "13600003333",
    "工单状态": "已结案，回访刘先生",
}


@pytest.fixture(scope="module")
def planted(small_city: SmallCity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A delivery with made-up personal data in every kind of column, in a file named with a telephone number."""
    base = tmp_path_factory.mktemp("planted")
    source = sorted((small_city.folders.root / "synthetic").rglob("12345工单_202610*.csv"))[0]
    with source.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        header, rows = list(reader.fieldnames or []), list(reader)[:60]
    for number, row in enumerate(rows):
        row["诉求内容"], row["满意度评价"], row["工单状态"] = (
            PLANTED[c] for c in ("诉求内容", "满意度评价", "工单状态")
        )
        if number < 3:  # these two are rejected; more of them would stop the delivery
            row["责任单位编码" if number else "受理渠道"] = PLANTED["责任单位编码" if number else "受理渠道"]
    (base / "input").mkdir()
    target = base / "input" / "12345工单_13800138000_截至20261031235959.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)
    said = cityeval("run", "--city", small_city.folder, "--home", base / "home", "--input", base / "input", expect=0)
    (base / "home" / "demo" / "said.txt").write_text(said.stdout + said.stderr, encoding="utf-8")
    return base


def test_planted_personal_data_stops_at_the_door(planted: Path) -> None:
    raw = next((planted / "input").iterdir())
    text = raw.name + raw.read_text(encoding="utf-8")
    assert all(pattern.search(text) for pattern in PERSONAL.values())
    assert found_in(planted / "home" / "demo") == {}
    assert list((planted / "home" / "demo" / "landing").rglob("*.csv"))
