"""One contract, many artefacts: schema, suite, dbt source, template workbook and data dictionary tell the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import yaml
from typer.testing import CliRunner

import pipelines.cli  # noqa: F401 adds the commands
from expectations.suites import contract_suite
from pipelines.city import City, load_city
from pipelines.commands.common import app
from pipelines.contracts import DELIVERED, Column, Contract, Type
from pipelines.contracts.dbt_sources import source_yaml
from pipelines.contracts.dictionary import FILE, chapter, dictionary
from pipelines.contracts.schemas import lake_schema
from pipelines.errors import UsageError
from pipelines.ingest import land_files
from pipelines.settings import REPO, CityHome
from pipelines.template import mapping_of, of_contract, of_source, write_template
from pipelines.template.mapping import mapping_text

# The four ways in which a type is written, by hand.
TYPES = [
    (pl.String(), "string", "文本 text", Type.TEXT),
    (pl.String(), "string", "时刻 time of day", Type.TIME),
    (pl.Datetime("us"), "timestamp", "日期时间 date and time, local", Type.TIMESTAMP),
    (pl.Date(), "date", "日期 date", Type.DATE),
    (pl.Int64(), "bigint", "整数 whole number", Type.INTEGER),
    (pl.Decimal(18, 4), "decimal(18,4)", "数值，至多四位小数 number, up to 4 decimals", Type.DECIMAL),
    (pl.Float64(), "double", "坐标 coordinate, WGS 84", Type.FLOAT),
    (pl.Boolean(), "boolean", "是/否 yes or no", Type.BOOLEAN),
]
PROVENANCE = {"source_system", "delivery_id", "source_file", "source_row", "extracted_at", "repairs"}
KNOWN = {"updated_at", "is_deleted"}  # provenance that the template asks for
NEW = (
    Column(name="noise_decibels", type=Type.DECIMAL, zh="噪声", en="Noise", required=True, minimum=1, maximum=200),
    Column(name="weather", type=Type.TEXT, zh="天气", en="Weather", allowed=("sunny", "rainy"), required=True),
    Column(name="measured_on", type=Type.DATE, zh="测量日期", en="Measured on"),
)

Told = dict[str, tuple[Any, ...]]


@pytest.fixture(params=list(DELIVERED))
def contract(request: pytest.FixtureRequest) -> Contract:
    return DELIVERED[request.param]


@pytest.fixture
def widened(monkeypatch: pytest.MonkeyPatch) -> Contract:
    """The contract of operations with columns that it has not, known to the door for this test."""
    wide = replace(DELIVERED["operations"], columns=(*DELIVERED["operations"].columns, *NEW))
    monkeypatch.setitem(DELIVERED, "operations", wide)
    return wide


def _city(folder: Path, source: Mapping[str, Any] | None = None) -> City:
    """A city with three units, and a source that is described by ``source``."""
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    settings = {"city": "tiny", "title": {"zh": "小城", "en": "Tiny"}, "time_zone": "Asia/Shanghai"}
    (folder / "city.yaml").write_text(yaml.safe_dump(settings | {"evaluates_from": "2026-01-01"}), encoding="utf-8")
    units = "unit_code,name_zh,unit_kind,parent_code,is_ranked\nC,全市,city,,false\nS1,一街道,street,C,true\n"
    (folder / "units.csv").write_text(units, encoding="utf-8")
    (folder / "categories.csv").write_text("category_code,name_zh\n01,市容环境\n", encoding="utf-8")
    (folder / "places.csv").write_text("place_code,name_zh\nP1,人民路\n", encoding="utf-8")
    columns = {"period": "期", "unit_code": "单位", "measure": "项", "value": "值"}
    other = {"source": "filled", "contract": "reported_counts", "files": ["*"], "columns": columns}
    document = source or other | {"title": {"zh": "数", "en": "Counts"}}
    (folder / "sources" / "filled.yaml").write_text(mapping_text(dict(document)), encoding="utf-8")
    return load_city(str(folder))


def _sheet(path: Path, name: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(path)[name].iter_rows(values_only=True))


def _template(contract: Contract, city: City, folder: Path) -> Path:
    return write_template(folder / f"{contract.zh[:4]}.xlsx", "模板", contract, of_contract(contract, city))


def _fill(path: Path, row: list[Any]) -> None:
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    for column, value in enumerate(row, start=1):
        page.cell(row=2, column=column, value=value)
    book.save(path)


def _typed(text: str, kind: Type) -> Any:
    """The example as a spreadsheet keeps it once it is typed into a cell of that kind."""
    if kind is Type.TIMESTAMP:
        return datetime.fromisoformat(text)
    if kind is Type.DATE:
        return date.fromisoformat(text)
    if kind in (Type.INTEGER, Type.DECIMAL, Type.FLOAT):
        return float(text)
    return text


def _by_suite(contract: Contract) -> Told:
    """Required, allowed, lowest, highest of each column, from the checks alone."""
    found: dict[str, dict[str, Any]] = {}
    for check in contract_suite(contract).checks:
        facts = found.setdefault(check.given["column"], {}) if "column" in check.given else {}
        if check.expect == "column_values_to_not_be_null" and "mostly" not in check.given and not check.where:
            facts["required"] = True
        elif check.expect == "column_values_to_be_in_set" and check.check.endswith("_allowed"):
            facts["allowed"] = tuple(check.given["value_set"])
        elif check.expect == "column_values_to_be_between" and check.check.endswith("_in_range"):
            facts["range"] = (check.given["min_value"], check.given["max_value"])
    return {
        name: (facts.get("required", False), facts.get("allowed", ()), facts.get("range", (None, None)))
        for name, facts in found.items()
    }


OF_OTHERS = ("中的编码", "时必填", "不得与")  # rules that need another table or column: the door keeps them, no suite


def _rules(required: str, allowed: str) -> tuple[Any, ...]:
    """The same from what the dictionary and the template write: ``hotline, grid`` or ``0 … 1`` or ``≥ 0``."""
    parts = [part for part in allowed.split("; ") if part and not any(words in part for words in OF_OTHERS)]
    low = high = None
    choices: tuple[str, ...] = ()
    for part in parts:
        if part.startswith("≥ "):
            low = float(part[2:])
        elif " … " in part:
            low, high = (float(end) for end in part.split(" … "))
        else:
            choices = tuple(part.replace("、", ", ").split(", "))
    return bool(required), choices, (low, high)


def _artefacts(contract: Contract, city: City, folder: Path) -> dict[str, Told]:
    """By artefact and column: the type, in the words of TYPES, and the rules where the artefact tells them."""
    (table,) = yaml.safe_load(source_yaml(contract))["sources"][0]["tables"]
    rows = [line.split(" | ") for line in chapter(contract).splitlines() if line.startswith("| `")]
    guide = _sheet(_template(contract, city, folder), "填写说明")
    head = next(number for number, row in enumerate(guide) if row[0] == "列名\nHeading")
    dictionary_rows = {row[0].strip("|` "): row for row in rows}
    template = {row[1]: row for row in guide[head + 1 :] if row[1] not in KNOWN}
    return {
        "schema": {name: (kind,) for name, kind in lake_schema(contract).items() if name not in PROVENANCE | KNOWN},
        "dbt": {c["name"]: (c["data_type"],) for c in table["columns"] if c["name"] not in PROVENANCE | KNOWN},
        "dictionary": {
            name: (row[5], row[4], _rules(row[1].strip(), row[7].strip())) for name, row in dictionary_rows.items()
        },
        "template": {name: (row[3], _rules(row[5], row[6] or "")) for name, row in template.items()},
    }


def _agree(contract: Contract, city: City, folder: Path) -> None:
    told = _artefacts(contract, city, folder)
    names = list(told["schema"])
    assert len(names) == len(contract.columns)
    assert [list(told[artefact]) for artefact in ("dbt", "dictionary", "template")] == [names] * 3
    suite = _by_suite(contract)
    assert set(suite) <= set(names)
    listed = {column.name for column in contract.columns if column.refers_to or column.type is Type.BOOLEAN}
    for name in names:
        polars, sql, words, rules = told["schema"][name][0], *told["dictionary"][name]
        assert (polars, sql, words) in [kind[:3] for kind in TYPES]
        assert told["dbt"][name] == (sql,)
        assert told["template"][name][0] == words
        by_suite = suite.get(name, (False, (), (None, None)))
        assert rules == by_suite, name
        required, allowed, limits = told["template"][name][1]
        assert (required, () if name in listed else allowed, limits) == rules, name


def _round_trip(contract: Contract, folder: Path) -> pl.DataFrame:
    """The template filled in with its own examples, read by its own mapping through the door, its checks among them."""
    city = _city(folder / "city")
    headings = of_contract(contract, city)
    path = _template(contract, city, folder)
    _fill(path, [_typed(heading.example, heading.kind) for heading in headings])
    city = _city(folder / "city", mapping_of(contract, headings, "filled"))
    home = CityHome(folder / "home")
    (delivery,) = land_files(city, home, city.sources["filled"], [path], say=lambda _: None)
    rejects = pl.read_parquet(home.lake / "rejected" / f"{delivery.delivery_id}.parquet")
    assert rejects.select("column_name", "reason", "value").rows() == []
    assert (delivery.state, delivery.rows, delivery.accepted) == ("accepted", 1, 1)
    return pl.read_parquet(home.lake / "accepted" / contract.name / f"{delivery.delivery_id}.parquet")


def test_all_artefacts_of_a_contract_agree(contract: Contract, tmp_path: Path) -> None:
    _agree(contract, _city(tmp_path / "city"), tmp_path)


def test_a_filled_template_comes_back_as_the_contract(contract: Contract, tmp_path: Path) -> None:
    frame = _round_trip(contract, tmp_path)
    assert frame.schema == lake_schema(contract)
    (row,) = frame.to_dicts()
    blank = [name for name in row if row[name] is None]
    assert set(blank) <= {"extracted_at", "repairs"}
    moments = {row[column.name] for column in contract.columns if column.type is Type.TIMESTAMP}
    assert moments <= {datetime(2026, 10, 1, 8, 30)}


def test_a_new_column_shows_in_all_five(widened: Contract, tmp_path: Path) -> None:
    _agree(widened, _city(tmp_path / "city"), tmp_path)
    suite = _by_suite(widened)
    assert suite["noise_decibels"] == (True, (), (1, 200))
    assert suite["weather"] == (True, ("sunny", "rainy"), (None, None))
    assert "`measured_on`" in dictionary()
    row = _round_trip(widened, tmp_path).row(0, named=True)
    assert (row["noise_decibels"], row["weather"], row["measured_on"]) == (1, "sunny", date(2026, 10, 1))


def test_the_dictionary_in_the_repository_is_the_derived_one() -> None:
    assert FILE.read_text(encoding="utf-8") == dictionary(), "run python -m pipelines.contracts.dictionary"


def test_headings_of_a_contract_are_distinct(contract: Contract, tmp_path: Path) -> None:
    names = [heading.name for heading in of_contract(contract, _city(tmp_path / "city"))]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["hotline", "grid", "operations", "findings"])
def test_the_template_of_a_source_is_read_by_that_source(name: str, tmp_path: Path) -> None:
    city = load_city(str(REPO / "cities" / "demo"))
    source = city.sources[name]
    headings = of_source(source, city)
    path = write_template(tmp_path / "t.xlsx", "模板", DELIVERED[source.contract], headings, source.xlsx)
    _fill(path, [_typed(heading.example, heading.kind) for heading in headings])
    (delivery,) = land_files(city, CityHome(tmp_path / "home"), source, [path], say=lambda _: None, check=lambda *_: [])
    assert (delivery.state, delivery.rows, delivery.accepted, delivery.reasons) == ("accepted", 1, 1, {})


def test_a_heading_that_only_repairs_a_column_takes_nothing_of_its_rules() -> None:
    city = load_city(str(REPO / "cities" / "la"))
    headings = {heading.name: heading for heading in of_source(city.sources["requests"], city)}
    assert headings["AssignTo"].choices
    assert headings["Owner"].choices == ()
    assert "unit_code" in headings["Owner"].notes[0][1]
    assert headings["RequestType"].choices[:2] == ("Bulky Items", "Graffiti Removal")
    assert headings["ServiceDate"].example == ""  # extracted: no example can be derived


def test_lists_and_ranges_guard_the_cells(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(_template(DELIVERED["cases"], _city(tmp_path / "city"), tmp_path))
    page = book.worksheets[0]
    rules = {next(iter(rule.sqref.ranges)).min_col: rule for rule in page.data_validations.dataValidation}
    by_heading = {cell.value: rules[cell.column] for cell in page[1]}
    first, last = by_heading["所在区域"].formula1.removeprefix("'取值'!").replace("$", "").split(":")
    assert [cell.value for (cell,) in book["取值"][first:last]] == ["C", "S1"]
    count, moment, number = (by_heading[name] for name in ("返工次数", "上报时间", "案件编号"))
    assert (count.type, count.operator, count.formula1) == ("whole", "greaterThanOrEqual", "0")
    assert (moment.type, moment.errorStyle) == ("date", "warning")
    assert "必填" in number.prompt
    assert "可空" in count.prompt


def test_the_command_writes_template_and_mapping(tmp_path: Path) -> None:
    _city(tmp_path / "city")
    city, book, mapping = tmp_path / "city", tmp_path / "t.xlsx", tmp_path / "counts.yaml"
    given = ["template", "--city", str(city), "--contract", "exposures", "--out", str(book), "--mapping", str(mapping)]
    assert CliRunner().invoke(app, given).exit_code == 0
    (city / "sources" / "counts.yaml").write_text(mapping.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_city(str(city)).sources["counts"].contract == "exposures"
    assert _sheet(book, "数据")[0][:3] == ("曝光编号", "发布日期", "级别")
    for wrong in ([], ["--source", "filled", "--contract", "cases"], ["--source", "no"], ["--contract", "no"]):
        done = CliRunner().invoke(app, ["template", "--city", str(city), "--out", str(book), *wrong])
        assert isinstance(done.exception, UsageError)


def test_a_source_that_is_no_table_has_no_template() -> None:
    city = load_city(str(REPO / "cities" / "chicago"))
    with pytest.raises(UsageError, match="not read from a table"):
        of_source(city.sources["notes"], city)
