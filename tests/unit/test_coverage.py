"""The registry of what the standards ask: its page is up to date, every test that it names is there and is of that."""

from __future__ import annotations

import yaml

from pipelines.coverage import PAGE, page
from pipelines.registry import known, registry
from pipelines.settings import REPO


def unit_tests() -> dict[str, str]:
    """The dbt unit tests by name, each as its text."""
    found = {}
    for path in (REPO / "dbt_project" / "models").rglob("*.yml"):
        for test in yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", []):
            found[test["name"]] = f"{test['model']} {test}"
    return found


def test_the_page_is_what_the_registry_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m pipelines.coverage"


def test_every_test_named_is_there_and_tells_of_the_figure() -> None:
    measures = {
        row["indicator"]: (row["indicator"], row["numerator_measure"], row["denominator_measure"])
        for row in registry("indicators").iter_rows(named=True)
    }
    tests = unit_tests()
    for row in registry("standard_clauses").iter_rows(named=True):
        code, test = row["answered_by"], row["tested_by"]
        if code is None:
            assert test is None, row["clause"]
            continue
        text = (REPO / test).read_text(encoding="utf-8") if test.endswith(".py") else tests[test]
        if test.endswith(".py"):
            text += (REPO / test).with_name("published_figures.py").read_text(encoding="utf-8")
        assert any(name in text for name in measures.get(code, (code,))), (row["clause"], code, test)


def test_every_indicator_counts_registered_measures() -> None:
    made_by_city_files = ("actual_", "planned_", "output_")
    for row in registry("indicators").iter_rows(named=True):
        for side in ("numerator_measure", "denominator_measure", "needs_recorded"):
            name = row[side]
            assert name is None or name in known("measures") or name.startswith(made_by_city_files), row["indicator"]


def test_codes_are_there_once() -> None:
    for seed, column in (("indicators", "indicator"), ("measures", "measure"), ("standard_clauses", "clause")):
        codes = registry(seed)[column]
        assert codes.n_unique() == codes.len(), seed
