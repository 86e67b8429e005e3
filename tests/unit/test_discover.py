"""Which files of an input folder are taken, and that the others are named."""

from __future__ import annotations

import gzip
import zipfile
from pathlib import Path

import pytest

from pipelines.city.patterns import is_file_of, of_any_case
from pipelines.ingest import take_in
from pipelines.ingest.unclaimed import told_unclaimed, unclaimed
from tests.unit.conftest import HEADERS, TinyCity, row

TEXT = "".join(",".join(cells) + "\n" for cells in (HEADERS, row()))


@pytest.mark.parametrize(
    ("name", "glob", "fits"),
    [
        ("a.CSV", "*.csv", True),
        ("a.csv", "*.CSV", True),
        ("a.Csv.GZ", "*.csv.gz", True),
        ("a.CSV.gz", "*.csv*", True),
        ("工单_202610.XLSX", "工单_*.xlsx", True),
        ("cases.CSV", "cases.csv", True),
        ("Cases.csv", "cases.csv", False),  # only endings: the name's case counts
        ("OLD_a.csv", "old_*.csv", False),
        ("a.csvx", "*.csv", False),
        ("a.tsv", "*.[ct]sv", True),
    ],
)
def test_the_case_of_an_ending_does_not_count(name: str, glob: str, fits: bool) -> None:
    assert is_file_of(name, glob) is fits


def test_a_glob_without_endings_stays() -> None:
    assert of_any_case("inbox/**/A*") == "inbox/**/A*"


def _files(tiny: TinyCity) -> dict[str, bytes]:
    zipped = tiny.inputs / "x.ZIP"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("member.CSV", TEXT.replace("A1", "A4"))
    return {
        "A.CSV": TEXT.encode(),
        "b.csv": TEXT.replace("A1", "A2").encode(),
        "deep/C.Csv.GZ": gzip.compress(TEXT.replace("A1", "A3").encode()),
        "notes.txt": b"x",
        "deep/13812345678.csv_old": b"x",
        ".hidden.csv": b"x",
        "d.csv.PART": b"x",
    }


def test_endings_of_either_case_come_in_and_the_rest_is_named(tiny: TinyCity) -> None:
    tiny.source |= {"files": ["*.csv", "*.csv.gz", "*.zip"], "archive": {"members": ["*.csv"]}}
    for name, content in _files(tiny).items():
        path: Path = tiny.inputs / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    city = tiny.load()
    found = take_in(city, tiny.home, tiny.inputs, say=tiny.said.append, check=lambda c, s: [])
    assert sorted(d.file for d in found if d.state == "accepted") == ["A.CSV", "C.Csv.GZ", "b.csv", "x.ZIP/member.CSV"]
    left = unclaimed(city.sources.values(), tiny.home, tiny.inputs)
    assert [path.name for path in left] == ["13812345678.csv_old", "notes.txt"]
    told = told_unclaimed(left, tiny.inputs)
    assert told.startswith("2 files fit no source and were left alone")
    assert "notes.txt" in told
    assert "13812345678" not in told


def test_a_second_file_is_no_stray_whatever_its_case(tiny: TinyCity) -> None:
    tiny.source |= {
        "files": ["cases*.csv"],
        "joins": [{"file": "callbacks*.csv", "on": {"编号": "单号"}, "columns": {"回访": "结果"}}],
    }
    tiny.columns["satisfaction"] = "回访"
    tiny.write(row())
    (tiny.inputs / "callbacks.CSV").write_text("单号,结果\nA1,满意\n", encoding="utf-8")
    city = tiny.load()
    (delivery,) = take_in(city, tiny.home, tiny.inputs, say=tiny.said.append, check=lambda c, s: [])
    assert (delivery.state, delivery.accepted) == ("accepted", 1)
    assert tiny.accepted(delivery)["satisfaction"].to_list() == ["满意"]
    assert unclaimed(city.sources.values(), tiny.home, tiny.inputs) == []
