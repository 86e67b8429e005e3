"""indicators.yaml: what is wrong is told with its line and what would be right; what is right becomes tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.city import load_city
from pipelines.errors import UsageError
from pipelines.settings import REPO
from pipelines.warehouse.indicator_inputs import indicator_tables
from tests.unit.conftest import TinyCity

HEAD = """indicators:
  - indicator: strict
    title: {zh: 满意率, en: Satisfaction}
    definition: {zh: 定义, en: Definition}
    valid_from: 2026-01-01
"""
VARIANT = HEAD + "    variant_of: satisfaction_rate\n"
RATIO = HEAD + "    numerator: closed\n    denominator: due_to_close\n    kind: share\n    direction: up\n"
ANSWERS = "    answers: {numerator: [满意], denominator: [满意, 不满意]}\n"


@pytest.fixture
def folder(tiny: TinyCity) -> Path:
    tiny.load()
    return tiny.folder


def refusal(folder: Path, text: str) -> str:
    (folder / "indicators.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_city(str(folder))
    return caught.value.what


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (VARIANT.replace("satisfaction_rate", "satisfaction_rat") + ANSWERS, 6, "did you mean 'satisfaction_rate'?"),
        (VARIANT, 2, "it says nothing that differs from satisfaction_rate; give one of answers, intake"),
        (VARIANT + ANSWERS + "    deadline: given\n", 8, "it does not apply to satisfaction_rate, which takes answers"),
        (
            VARIANT + ANSWERS.replace("[满意]", "[很好]"),
            7,
            "很好 is in the numerator, not in the denominator; add it there",
        ),
        (VARIANT + ANSWERS + "    numerator: closed\n", 2, "a variant takes numerator from satisfaction_rate"),
        (VARIANT + "    anwers: {}\n", 7, "did you mean 'answers'?"),
        (HEAD, 2, "give variant_of (a standard indicator), or numerator, denominator, kind and direction"),
        (RATIO.replace("closed\n", "closd\n"), 6, "'closd' is no measure; did you mean 'closed'?"),
        (RATIO + "    intake: [phone]\n", 10, "it applies to variants only"),
        (RATIO.replace("strict", "closure_rate"), 2, "is a standard indicator, one code is one definition"),
        (RATIO + "    valid_to: 2025-12-31\n", 10, "it ends before it begins"),
        (RATIO + RATIO.removeprefix("indicators:\n"), 10, "'strict' is there twice"),
        ("measures: [{measure: closed, title: {zh: a, en: b}}]\n", 1, "is a standard measure; take another code"),
        ("measures: [{measure: sent, title: {zh: a, en: b}, parts: [clsed]}]\n", 1, "did you mean 'closed'?"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(folder: Path, text: str, line: int, says: str) -> None:
    told = refusal(folder, text)
    assert says in told
    assert f"indicators.yaml:{line}: " in told


def test_a_variant_becomes_measures_of_its_own(folder: Path) -> None:
    text = VARIANT + "    answers: {of: own_callback, numerator: {all_but: [不满意]}, denominator: every_answer}\n"
    (folder / "indicators.yaml").write_text(text + "    intake: [phone]\n", encoding="utf-8")
    tables = indicator_tables(load_city(str(folder)).indicators)
    row = tables["city_indicators"].row(0, named=True)
    assert (row["numerator_measure"], row["denominator_measure"]) == ("strict_numerator", "strict_denominator")
    assert (row["time_filter"], row["kind"], row["direction"]) == ("closed_at", "share", "up")
    assert tables["indicator_variants"].row(0) == (
        "strict", "satisfaction_rate", "own_callback", "all_but", "every_answer", None, False, True,
    )  # fmt: skip
    assert sorted(tables["indicator_variant_values"].rows()) == [
        ("strict", "intake", "phone"),
        ("strict", "numerator", "不满意"),
    ]
    assert tables["city_measures"]["measure"].to_list() == ["strict_numerator", "strict_denominator"]


def test_a_city_without_the_file_has_no_definitions_of_its_own(folder: Path) -> None:
    assert all(table.is_empty() for table in indicator_tables(load_city(str(folder)).indicators).values())


def test_the_example_of_the_guide_is_accepted(folder: Path) -> None:
    guide = (REPO / "docs" / "guide" / "indicators.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```$", guide, re.M | re.S)
    (folder / "indicators.yaml").write_text(example, encoding="utf-8")
    found = load_city(str(folder)).indicators
    assert (len(found.indicators), len(found.measures)) == (2, 2)
