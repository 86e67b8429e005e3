"""Nothing that tells who somebody is leaves landing: every file of a finished home is read and searched.

Each pattern is first found in the raw files. The cities with real files are searched in their own tests.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.integration.conftest import SmallCity, cityeval
from tests.personal_data import PERSONAL, files_of, found_in


def test_the_demo_city_holds_nobody(small_city: SmallCity) -> None:
    home = small_city.folders.root
    raw = "".join(path.read_bytes().decode("utf-8", "replace") for path in (home / "synthetic").rglob("12345*.csv"))
    assert PERSONAL["mobile"].search(raw)
    assert found_in(home) == {}
    assert {path.suffix for path in files_of(home)} >= {".parquet", ".duckdb", ".xlsx", ".csv", ".html", ".json"}
    assert (home / "landing").stat().st_mode & 0o077 == 0


PLANTED = {
    "诉求内容": "王先生反映，电话138 0013 8000，身份证11010519491231002X，车牌京A12345，"
    "邮箱li.lei@example.com，联系人：李女士，座机0371-6512-3456，3号楼2单元501室东方女士",
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
