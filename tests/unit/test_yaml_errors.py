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

FETCH = """fetch:
  kind: pages
  url: http://a.example/b
  file: "x_{at}.csv"
  pages: {offset: a, limit: b, size: 5}
  query:
    $order: id
files:"""

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
    "encoding-unknown": (
        "files:",
        "csv:\n  encoding: [utf-8, gb18O30]\nfiles:",
        5,
        "csv.encoding.1: 'gb18O30' is not known; did you mean 'gb18030'?",
    ),
    "encoding-of-no-text": ("files:", "csv: {encoding: base64}\nfiles:", 4, "csv.encoding: 'base64' is not known"),
    "zone-is-a-folder": ("files:", "time_zone: Asia\nfiles:", 4, "time_zone: 'Asia' is not known"),
    "glob-absolute": ("['*.csv']", "['*.csv', /data/*.csv]", 4, "files.1: '/data/*.csv' leads out of the folder"),
    "glob-upwards": ("['*.csv']", "../*.csv", 4, "files: '../*.csv' leads out of the folder"),
    "glob-ill-formed": ("['*.csv']", "'**cases.csv'", 4, "files: '**cases.csv': ** can only stand for whole folders"),
    "glob-blank": ("['*.csv']", "''", 4, "files: it is blank; write a glob such as '*.csv'"),
    "no-glob": ("['*.csv']", "[]", 4, "files: it is empty: name at least one"),
    "moment-as-a-number": (
        "files:",
        "extracted_at:\n  value: 20261101\nfiles:",
        5,
        "extracted_at.value: 20261101 is a number; write a day as 2026-10-31, a moment as 2026-10-31T23:59:59",
    ),
    "day-with-a-time": (
        "columns:",
        "layouts: [{valid_from: 2026-01-01 08:00:00}]\ncolumns:",
        5,
        "layouts.0.valid_from: should be a day such as 2026-10-31, without a time of day",
    ),
    "watched-unit-unknown": (
        "files:",
        "watch:\n  units:\n    - D1\n    - D9\nfiles:",
        7,
        "watch.units.1: 'D9' is not a unit; see units.csv",
    ),
    "fetch-without-host": (
        "files:",
        FETCH.replace("http://a.example/b", "http://"),
        6,
        "fetch.url: 'http://' is no address",
    ),
    "fetch-by-another-way": (
        "files:",
        FETCH.replace("http:", "sftp:"),
        6,
        "fetch.url: 'sftp://a.example/b' is no address; write http:// or https://",
    ),
    "fetch-out-of-the-inbox": (
        "files:",
        FETCH.replace("x_{at}", "../x_{at}"),
        7,
        "fetch.file: '../x_{at}.csv' is a path; write the name of a file",
    ),
    "fetch-under-one-name": ("files:", FETCH.replace("_{at}", ""), 7, "fetch.file: 'x.csv' does not say {at}"),
    "fetch-left-alone": (
        "files:",
        FETCH.replace(".csv", ".tmp"),
        7,
        "fetch.file: 'x_{at}.tmp' is a name of hidden or unfinished files",
    ),
    "fetch-query": (
        "files:",
        FETCH.replace("$order: id", "$order: id\n    $limit: 5"),
        11,
        "fetch.query.$limit: should be a text: put quotation marks around it (it is 5)",
    ),
    "fetch-pages": (
        "files:",
        FETCH.replace("size: 5", "sise: 5"),
        8,
        "fetch.pages.sise: this key is not known here; did you mean 'size'?",
    ),
    "fetch-kind": (
        "files:",
        FETCH.replace("kind: pages", "kind: page"),
        5,
        "fetch.kind: 'page' is not known; did you mean 'pages'?",
    ),
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


INTERVALS = "calendar_code,weekday,starts_at,ends_at,valid_from\nworks,1,08:00,12:00,2026-01-01\n"
CITY = """\
city: tiny
title: {zh: 小城, en: Tiny}
time_zone: Asia/Shanghai
evaluates_from: 2026-01-01
calendar: works
as_of: 2026-10-31T23:59:59
constant_rates: {closure_rate: only closed cases come}
"""
# name: (text replaced, by what, line, what the message says)
OF_THE_CITY = {
    "offset": (
        "23:59:59",
        "23:59:59+08:00",
        6,
        "as_of: 2026-10-31T23:59:59+08:00 tells its offset from UTC, and this is local time of the city",
    ),
    "as-of-a-number": ("2026-10-31T23:59:59", "20261031", 6, "as_of: 20261031 is a number"),
    "first-day": ("2026-01-01", "2026-01", 4, "evaluates_from: should be a day such as 2026-10-31 (it is '2026-01')"),
    "zone": ("Asia/Shanghai", "Asia", 3, "time_zone: 'Asia' is not known"),
    "calendar": (
        "works",
        "work",
        5,
        "calendar: 'work' is no calendar_code of work_intervals.csv, so no hour would work; did you mean 'works'?",
    ),
    "constant-rate": (
        "{closure_rate",
        "{closure_rat",
        7,
        "constant_rates.closure_rat: 'closure_rat' is no indicator; did you mean 'closure_rate'?",
    ),
}


@pytest.mark.parametrize(("old", "new", "line", "message"), OF_THE_CITY.values(), ids=OF_THE_CITY)
def test_each_mistake_in_city_yaml_is_told(tiny: TinyCity, old: str, new: str, line: int, message: str) -> None:
    tiny.load()
    path = tiny.folder / "city.yaml"
    (tiny.folder / "work_intervals.csv").write_text(INTERVALS)
    path.write_text(CITY, encoding="utf-8")
    load_city(str(tiny.folder))
    assert CITY.count(old) == 1
    path.write_text(CITY.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_city(str(tiny.folder))
    assert caught.value.what.startswith(f"{path}:{line}: {message}")


def test_files_that_would_not_be_read_are_named(tiny: TinyCity) -> None:
    """A feed in hotline2.yml, limits in limit.csv: nothing would read them, and nobody would notice."""
    tiny.load()
    for name in ("sources/a.yml", "sources/b.YAML", "schemes/c.yaml.txt", "expectations/cases.yml", "limit.csv"):
        (tiny.folder / name).parent.mkdir(exist_ok=True)
        (tiny.folder / name).write_text("", encoding="utf-8")
    for harmless in ("sources/d.yaml.draft", "NEXT.md", "sources/README.md", ".notes.yml", "contacts.csv"):
        (tiny.folder / harmless).write_text("", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_city(str(tiny.folder))
    told = caught.value.what.splitlines()
    assert told[0] == "5 mistakes"
    assert sorted(told[1:]) == sorted(
        [
            f"{tiny.folder}/sources/a.yml: it is not read: files of sources/ end in .yaml; rename it to a.yaml",
            f"{tiny.folder}/sources/b.YAML: it is not read: files of sources/ end in .yaml; rename it to b.yaml",
            f"{tiny.folder}/schemes/c.yaml.txt: it is not read: files of schemes/ end in .yaml; rename it to c.yaml",
            f"{tiny.folder}/expectations/cases.yml: it is not read: files of expectations/ end in .yaml; "
            "rename it to cases.yaml",
            f"{tiny.folder}/limit.csv: it is not read; rename it to limits.csv",
        ]
    )


def test_codes_between_the_reference_tables_are_known(tiny: TinyCity) -> None:
    limits = ("hotline,01,close,3,natural_day,2026-01-01", "hotline,3,close,2,work_hour,2026-01-01")
    tiny.reference = {
        "limits.csv": "\n".join(["channel,category_code,stage,limit,limit_unit,valid_from", *limits]).encode(),
        "categories.csv": b"category_code,name_zh,parent_code\n01,a,02\n02,b,01\n",
        "places.csv": b"place_code,kind,unit_code\nP1,toilet,D1\nP2,toilet,D2\n",
    }
    with pytest.raises(UsageError) as caught:
        tiny.load()
    told = caught.value.what
    assert "limits.csv, row 3, column category_code: '3' is not in categories.csv; add it" in told
    assert "places.csv, row 3, column unit_code: 'D2' is not in units.csv; add it to units.csv" in told
    assert "categories.csv, column parent_code: 01 is its own ancestor through 01" in told
    assert "limits.csv, row 3, column limit_unit: it counts working time, and work_intervals.csv tells none" in told


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
