"""Rules of a city's own for a delivery: added to the contract's, with titles, refused where wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

from expectations import check_batch, check_city_suites, titles
from pipelines.city import load_city
from pipelines.errors import UsageError
from pipelines.export import quality_report
from pipelines.ingest import land_files
from pipelines.ingest.ledger import mapping_sha256
from pipelines.settings import REPO, CityHome
from tests.unit.test_expectations import CASES, cases, not_passed

RULE = """suite: cases
checks:
  - check: east_of_the_river
    title: {zh: 经度在河东, en: Longitudes lie east of the river}
    severity: SEVERITY
    expect: column_values_to_be_between
    with: {column: longitude, min_value: 118.2}
"""


def _rule(folder: Path, text: str, name: str = "cases") -> Path:
    path = folder / "expectations" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("severity", ["warn", "fail"])
def test_a_citys_rule_is_checked_beside_the_others(tmp_path: Path, severity: str) -> None:
    folder = _rule(tmp_path, RULE.replace("SEVERITY", severity))
    east = pl.when(pl.col("source_row") > 11).then(118.3).otherwise(118.1)
    frame = cases().with_columns(east.alias("longitude"))
    assert not_passed(check_batch(CASES, frame)) == {}
    found = not_passed(check_batch(CASES, frame, folder))
    assert set(found) == {"east_of_the_river"}
    result = found["east_of_the_river"]
    assert (result.suite, result.severity, result.unexpected_count) == ("cases", severity, 10)
    assert [row["source_row"] for row in result.failing_rows] == list(range(2, 12))
    assert titles(folder)["cases", "east_of_the_river"].zh == "经度在河东"
    assert ("cases", "east_of_the_river") not in titles()


def test_a_rule_that_fails_refuses_the_delivery_and_the_report_tells_it(tmp_path: Path) -> None:
    folder = tmp_path / "baltimore"
    shutil.copytree(REPO / "cities" / "baltimore", folder)
    text = RULE.replace("SEVERITY", "fail").replace("min_value: 118.2", "max_value: -100")
    before = load_city(str(folder))
    old = mapping_sha256(before, before.sources["hotline"])
    city = load_city(str(_rule(folder, text)))
    assert mapping_sha256(city, city.sources["hotline"]) != old
    home = CityHome(tmp_path / "home")
    sample = next(p for p in city.sample.iterdir() if p.suffix == ".gz")
    (delivery,) = land_files(city, home, city.sources["hotline"], [sample], say=lambda _: None)
    assert (delivery.state, delivery.accepted) == ("refused", 0)
    assert any("east_of_the_river" in warning for warning in delivery.warnings)
    checks = pl.read_parquet(home.lake / "checks" / "*.parquet")
    page = quality_report(
        tmp_path / "q.html",
        title="x",
        deliveries=pl.read_parquet(home.lake / "deliveries" / "*.parquet"),
        rejects=pl.read_parquet(home.lake / "rejected" / "*.parquet"),
        checks=checks,
        synthetic=False,
        city=folder,
    )
    assert "经度在河东" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("column: longitude", "column: longitud", "cases.yaml:7: checks.0.with: 'longitud' is not a column of cases"),
        ("to_be_between", "to_be_betwen", "cases.yaml:6: checks.0.expect: 'column_values_to_be_betwen' is not known"),
        ("suite: cases", "suite: findings", "cases.yaml:1: suite: it is 'findings' but the file is cases.yaml"),
        ("SEVERITY", "stop", "cases.yaml:5: checks.0.severity:"),
        ("east_of_the_river", "case_id_given", "the check 'case_id_given' is there twice"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = RULE.replace(old, new).replace("SEVERITY", "warn")
    with pytest.raises(UsageError) as caught:
        check_city_suites(_rule(tmp_path, text))
    assert says in str(caught.value)


def test_a_file_that_is_no_contracts_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"case.yaml: 'case' is not a contract; did you mean"):
        check_city_suites(_rule(tmp_path, RULE.replace("SEVERITY", "warn"), "case"))


def test_arguments_that_the_library_does_not_take_are_no_traceback(tmp_path: Path) -> None:
    folder = _rule(tmp_path, RULE.replace("SEVERITY", "warn").replace("min_value", "lowest"))
    with pytest.raises(UsageError, match="the check 'east_of_the_river' of cases is not one that can be run"):
        check_batch(CASES, cases(), folder)


def test_every_city_of_the_repository_has_right_rules() -> None:
    found = {path.parent.name: check_city_suites(path.parent) for path in (REPO / "cities").glob("*/city.yaml")}
    assert found["baltimore"] == 2
