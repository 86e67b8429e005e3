"""The registry of what the standards ask: its page is up to date, every test that it names is there and is of that."""

from __future__ import annotations

from typing import Any

import yaml

from pipelines.coverage import PAGE, page
from pipelines.registry import known, registry
from pipelines.settings import REPO

# Definitions of cities stand beside the standard one, and their tests tell of its variants.
OF_VARIANTS = {"order.satisfied_variants"}


def unit_tests() -> dict[str, dict[str, Any]]:
    """The dbt unit tests by name."""
    found = {}
    for path in (REPO / "dbt_project" / "models").rglob("*.yml"):
        for test in yaml.safe_load(path.read_text(encoding="utf-8")).get("unit_tests", []):
            found[test["name"]] = test
    return found


def counted(test: dict[str, Any]) -> set[str]:
    """The measures that a hand-worked test says the value of."""
    return {row["measure"] for row in test["expect"]["rows"] if "measure" in row and "value" in row}


def sides() -> dict[str, tuple[str, str]]:
    """Numerator and denominator of each indicator."""
    return {
        row["indicator"]: (row["numerator_measure"], row["denominator_measure"])
        for row in registry("indicators").iter_rows(named=True)
    }


def test_the_page_is_what_the_registry_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m pipelines.coverage"


def test_every_test_named_is_there_and_works_out_both_sides_of_the_figure() -> None:
    tests, of = unit_tests(), sides()
    for row in registry("standard_clauses").iter_rows(named=True):
        code, test = row["answered_by"], row["tested_by"]
        if code is None:
            assert test is None, row["clause"]
            continue
        wanted = set(of.get(code, (code,)))
        if test.endswith(".py"):
            published = (REPO / test).with_name("published_figures.py").read_text(encoding="utf-8")
            assert all(f'"{measure}"' in published for measure in wanted), (row["clause"], wanted)
        elif row["clause"] in OF_VARIANTS or code == "plan_completion_rate":
            assert code in str(tests[test]), row["clause"]
        elif code == "position_coverage_rate":  # the denominator arrives counted
            assert "tracked_minutes" in counted(tests[test])
        else:
            assert wanted <= counted(tests[test]), (row["clause"], wanted - counted(tests[test]))


def test_both_sides_of_every_indicator_are_worked_out_by_hand() -> None:
    """By a model that counts; rates of given counts are another test's business."""
    worked = set()
    for test in unit_tests().values():
        if test["model"].startswith("int_") or test["model"] == "kpi_counts":
            worked |= counted(test)
    for indicator, measures in sides().items():
        assert set(measures) <= worked, (indicator, set(measures) - worked)


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
