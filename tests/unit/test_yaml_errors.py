"""A wrong YAML is refused with file, line, key and a hint, all mistakes at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.city import load_city
from pipelines.city.models import Source
from pipelines.city.yaml_file import read_document, read_model
from pipelines.cli import app
from pipelines.errors import UsageError
from pipelines.ingest.precheck import check_mappings
from tests.unit.conftest import TinyCity, row

SOURCE = """\
source: hotline
title: {zh: 小城, en: Tiny}
contract: cases
files: ['*.csv']
columns:
  case_id: 编号
  channel: {value: hotline}
  reported_at:
    column: 上报时间
    formats: ['%Y-%m-%d %H:%M:%S']
"""

# name: (text replaced, by what, line, what the message says)
MISTAKES = {
    "key-mistyped": (
        "column: 上报",
        "colum: 上报",
        9,
        "columns.reported_at.colum: this key is not known here; did you mean 'column'?",
    ),
    "top-key-mistyped": ("files:", "file:", 4, "file: this key is not known here; did you mean 'files'?"),
    "key-unlike-any": (
        "column: 上报",
        "xyz: 上报",
        9,
        "columns.reported_at.xyz: this key is not known here; known are blank_if, column, ",
    ),
    "key-missing": (", en: Tiny", "", 2, "title.en: this key is missing"),
    "text-for-keys": ("{zh: 小城, en: Tiny}", "小城", 2, "title: should be keys and values"),
    "number-for-text": (
        "title: {zh: 小城",
        "title: {zh: 5",
        2,
        "title.zh: should be a text: put quotation marks around it (it is 5)",
    ),
    "word-mistyped": (
        "column: 上报时间",
        "column: 上报时间\n    otherwise: rejct\n    map: {a: b}",
        10,
        "did you mean 'reject'?",
    ),
    "format-mistyped": (
        "'%Y-%m-%d %H:%M:%S'",
        "'%Y', iso8601",
        10,
        "columns.reported_at.formats.1: 'iso8601' is neither",
    ),
    "pattern-broken": (
        "column: 上报时间",
        "column: 上报时间\n    extract: '(\\d'",
        10,
        "is not a regular expression: missing )",
    ),
    "two-origins": (
        "column: 上报时间",
        "column: 上报时间\n    value: 5",
        8,
        "columns.reported_at: value is a constant",
    ),
    "contract-mistyped": (
        "contract: cases",
        "contract: case",
        3,
        "contract: 'case' is not known; did you mean 'cases'?",
    ),
    "column-mistyped": (
        "  reported_at:",
        "  reportd_at:",
        8,
        "columns.reportd_at: this is not a column of cases; did you mean 'reported_at'?",
    ),
    "column-required": ("  case_id: 编号\n", "", 5, "columns: cases needs case_id"),
    "zone-unknown": ("files:", "time_zone: Asia/Shanghi\nfiles:", 4, "time_zone: 'Asia/Shanghi' is not known"),
    "source-named-otherwise": (
        "source: hotline",
        "source: hotlin",
        1,
        "source: it is 'hotlin' but the file is hotline.yaml",
    ),
    "format-of-a-text": (
        "  case_id: 编号",
        "  case_id: {column: 编号, formats: '%Y'}",
        6,
        "case_id.formats: formats read times and days",
    ),
    "format-without-year": ("'%Y-%m-%d %H:%M:%S'", "'%H:%M'", 10, "tells no year"),
    "required-and-optional": (
        "  case_id: 编号",
        "  case_id: {column: 编号, optional: true}",
        6,
        "case_id.optional: cases needs case_id",
    ),
    "tab": ("    column: 上报", "\tcolumn: 上报", 9, "a tab stands where only spaces may"),
    "twice": ("  case_id: 编号\n", "  case_id: 编号\n  case_id: 号\n", 7, "the key 'case_id' is written twice"),
    "no-such-day": (
        "columns:",
        "layouts: [{valid_from: 2026-02-30}]\ncolumns:",
        5,
        "'2026-02-30' looks like a day and is none",
    ),
    "not-closed": ("['*.csv']", "['*.csv'", 5, "not readable as YAML"),
    "date-without-dated-by": (
        "files:",
        "joins: [{file: 'x_{date}.csv', on: {编号: a}, columns: {b: b}}]\nfiles:",
        4,
        "needs dated_by",
    ),
}


def _city(tiny: TinyCity, text: str) -> Path:
    tiny.load()
    path = tiny.folder / "sources" / "hotline.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("old", "new", "line", "message"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_is_told_with_its_line_and_what_was_meant(
    tiny: TinyCity, old: str, new: str, line: int, message: str
) -> None:
    assert SOURCE.count(old) == 1
    path = _city(tiny, SOURCE.replace(old, new))
    with pytest.raises(UsageError) as caught:
        load_city(str(tiny.folder))
    told = [each for each in caught.value.what.splitlines() if message in each]
    assert len(told) == 1, caught.value.what
    assert told[0].startswith(f"{path}:{line}: ")
    assert caught.value.remedy


def test_the_file_without_mistakes_is_taken(tiny: TinyCity) -> None:
    _city(tiny, SOURCE)
    check_mappings(load_city(str(tiny.folder)))


def test_all_mistakes_of_all_files_are_told_at_once(tiny: TinyCity) -> None:
    text = (
        SOURCE.replace("files:", "file:")
        .replace("column: 上报", "colum: 上报")
        .replace("contract: cases", "contract: x")
    )
    path = _city(tiny, text)
    other = path.with_name("other.yaml")
    other.write_text(SOURCE.replace("hotline", "other").replace("  case_id: 编号\n", ""), encoding="utf-8")
    (tiny.folder / "city.yaml").write_text("city: Tiny\ntitle: {zh: a, en: b}\nevaluates_from: 2026-01-01\n")
    (tiny.folder / "units.csv").write_text("unit_code,name_zh,unit_kind\nA,a,nokind\n")
    answer = CliRunner().invoke(app, ["check", "--city", str(tiny.folder)])
    assert isinstance(answer.exception, UsageError)
    told = answer.exception.what
    for place in (
        f"{tiny.folder / 'city.yaml'}:1: city: ",
        f"{tiny.folder / 'city.yaml'}:1: time_zone: this key is missing",
        f"{path}:4: file: ",
        f"{path}:1: files: this key is missing",
        f"{path}:3: contract: ",
        f"{path}:9: columns.reported_at.colum: ",
        f"{other}:5: columns: cases needs case_id",
        "units.csv",
    ):
        assert place in told, told


def test_check_judges_constants_and_map_values_with_their_lines(tiny: TinyCity) -> None:
    text = SOURCE.replace("{value: hotline}", "{value: letter}").replace(
        "  reported_at:",
        "  unit_code:\n    column: 单位\n    map:\n      甲: D1\n      乙: D9\n"
        "  rework_count: {column: 返工, repairs: [{value: many, flag: guessed}]}\n  reported_at:",
    )
    path = _city(tiny, text)
    city = load_city(str(tiny.folder))
    with pytest.raises(UsageError) as caught:
        check_mappings(city)
    told = caught.value.what
    assert f"{path}:7: columns.channel.value: 'letter' is not allowed in channel" in told
    assert f"{path}:12: columns.unit_code.map.乙: 'D9' is not a code of units" in told
    assert f"{path}:13: columns.rework_count.repairs.0.value: 'many' is not a integer" in told.replace(
        "an integer", "a integer"
    )
    answer = CliRunner().invoke(app, ["check", "--city", str(tiny.folder)])
    assert str(answer.exception) == str(caught.value)


def test_keys_are_the_texts_that_are_written(tmp_path: Path) -> None:
    """YAML reads the bare keys on, Yes, 01 and 2016-01-01 as true, true, 1 and a date."""
    path = tmp_path / "hotline.yaml"
    path.write_text(
        SOURCE + "    map: {01: a, Yes: b, on: c, 2016-01-01: d, ~: e, 1.0: f}\n"
        "joins:\n  - {file: x, on: {a: b}, columns: {c: d}}\n"
    )
    source = read_model(path, Source)
    assert list(source.columns["reported_at"].map or {}) == ["01", "Yes", "on", "2016-01-01", "~", "1.0"]
    assert source.joins[0].on == {"a": "b"}


def test_a_map_of_bare_codes_finds_them(tiny: TinyCity) -> None:
    source = SOURCE + "  category_code:\n    column: 大类\n    map: {01: 02}\n"
    _city(tiny, source.replace("map: {01: 02}", "map: {01: '02'}") + "ignore: '*'\n")
    city = load_city(str(tiny.folder))
    assert city.sources["hotline"].columns["category_code"].map == {"01": "02"}


def test_anchors_and_merges_still_work(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("base: &b {x: 1, y: [2]}\nhere: {<<: *b, x: 3}\n")
    document = read_document(path)
    assert document.data == {"base": {"x": 1, "y": [2]}, "here": {"x": 3, "y": [2]}}
    assert document.place("here", "y", 0) == f"{path}:1: here.y.0"  # where it is written
    assert document.place("here", "x") == f"{path}:2: here.x"


def test_what_is_no_mapping_at_all_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    for text, kind in (("", "nothing"), ("- a\n", "list"), ("text", "str")):
        path.write_text(text)
        with pytest.raises(UsageError, match=f"expected keys and values, found {kind}"):
            read_model(path, Source)
    path.write_bytes("名: 值".encode("gb18030"))
    with pytest.raises(UsageError, match="UTF-8"):
        read_model(path, Source)


def test_a_wrong_constant_stops_the_landing_with_its_line(tiny: TinyCity) -> None:
    tiny.columns["channel"] = {"value": "letter"}
    with pytest.raises(UsageError, match=r"hotline\.yaml:\d+: columns\.channel\.value: 'letter' is not allowed"):
        tiny.land(tiny.write(row()))
