"""Tables that cities published, through `cityeval audit`: every cell follows but those in which the publisher erred.

The tables and where they come from are in tables/ (with their .md), the rule files in rules/. expected.csv lists the
publishers' errors and what cannot be checked; it was made by hand, not by this program.
"""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import pipelines.cli
from pipelines.commands.common import app

HERE = Path(__file__).parent
TABLES = sorted(path.stem for path in (HERE / "tables").glob("*.csv") if path.stem != "expected")
# cells that the verification section of each table's .md says were recomputed, errors included
CHECKED = {
    "changning_contractor_2022": 3 + 2,
    "changning_survey_2022": 0,
    "changzhou_12319_shares": 54,
    "fengzhou_rank_2025_10": 12,
    "hanzhong_mailbox_2022_08": 37,
    "hengyang_deduction_2019_02": 21,
    "jiangmen_collector_tasks": 96 + 4,  # and the sum of each month's total row
    "lianyungang_12345_scores": 45,
    "lianyungang_12345_subscores": 14 + 4,  # and the four rates whose counts are printed
    "matou_rank_award_2019_05": 24 + 24,
    "panjin_12345_2023_01_04": 6,
    "quanzhou_handling_totals": 15 + 6,
    "ratio_lines": 42,
    "sanmenxia_squads_weekly": 42,
    "shaoyang_rank_award_2022_12": 4 + 17,
    "xianning_composite_2022_12": 8,
    "yichun_12345_2023_05": 14 + 14,
    "zhengzhou_weekly_base": 12,
}


@cache
def audited(*names: str) -> tuple[int, Any]:
    """Exit code and JSON of one call for all ``names``."""
    assert pipelines.cli  # importing it adds the commands
    call = ["audit", "--json"]
    for name in names:
        call += [str(HERE / "tables" / f"{name}.csv"), "--rule", str(HERE / "rules" / f"{name}.yaml")]
    result = CliRunner().invoke(app, call)
    return result.exit_code, json.loads(result.stdout)


def expected(table: str, kind: str) -> list[dict[str, str]]:
    with (HERE / "tables" / "expected.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["table"] == table and row["kind"] == kind]


def documents() -> dict[str, Any]:
    _, found = audited(*TABLES)
    return dict(zip(TABLES, found, strict=True))


def test_every_table_has_a_rule_file() -> None:
    assert sorted(path.stem for path in (HERE / "rules").glob("*.yaml")) == TABLES == sorted(CHECKED)


@pytest.mark.parametrize("table", TABLES)
def test_the_publishers_errors_are_found_and_nothing_else(table: str) -> None:
    found = {
        (str(m["row"]), m["column"], m["published"], Decimal(m["computed"])) for m in documents()[table]["mismatches"]
    }
    known = {(e["row"], e["column"], e["published"], Decimal(e["computed"])) for e in expected(table, "mismatch")}
    assert found == known


@pytest.mark.parametrize("table", TABLES)
def test_as_many_cells_are_checked_as_can_be(table: str) -> None:
    assert documents()[table]["cells_checked"] == CHECKED[table]


@pytest.mark.parametrize("table", TABLES)
def test_what_cannot_be_checked_is_skipped_with_its_reason(table: str) -> None:
    skipped = documents()[table]["cells_skipped"]
    assert all(skip["why"] for skip in skipped)
    for known in expected(table, "skip"):
        if known["column"]:
            row = int(known["row"]) if known["row"] else None
            mine = [s for s in skipped if s["column"] == known["column"] and row in (None, s["row"])]
        else:
            mine = [s for s in skipped if s["row"] is None or "not declared complete" in s["why"]]
        assert mine, known


def test_computed_values_have_the_decimals_of_their_cells() -> None:
    errors = documents()["jiangmen_collector_tasks"]["mismatches"]
    assert {(e["row"], e["column"]): e["computed"] for e in errors} == {
        (8, "diff_pct_published"): "0.00",
        (8, "diff_published"): "0",
        (8, "done_count"): "12102",
        (24, "diff_pct_published"): "-4.06",
    }
    assert errors[0]["key"] == {"month": "2024-07", "unit": "合计"}


def test_exit_codes_tell_whether_something_mismatches() -> None:
    assert audited("xianning_composite_2022_12")[0] == 0
    assert audited("ratio_lines")[0] == 1
