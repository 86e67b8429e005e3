"""The hand-worked workbook holds what its formulas and its cases say; tests/integration compares it with the engine."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.golden.hand_worked.make_workbook import CASES, WORKBOOK, make, work_out

SHEETS = ("案件", "得分")


def cells(path: Path, sheet: str, *, formulas: bool = False) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path, data_only=not formulas)
    return [tuple(v if v != "" else None for v in row) for row in book[sheet].iter_rows(values_only=True)]


def test_a_calculator_gives_these() -> None:
    """Street D1S01: 10 of 12 on time is 83.33 %: 40 − 11.67; 11 of 12 closed: 22.92; 9 of 10 satisfied: 20 − 2.5; five
    reworks, two of them the third and fourth of one case: 15 − 1 − 0.6. Its neighbour has no answers: 72.1 of 80.
    """
    rows = {row[0]: row for row in cells(WORKBOOK, "得分")[1:]}
    assert rows["D1S01"][11:19] == (28.33, 0.9167, 22.92, 0.9, 17.5, 13.4, 100, 82.15)
    assert rows["D1S02"][11:19] == (32.5, 1, 25, None, "分摊", 14.6, 80, 90.13)
    assert [rows[street][19] for street in ("D1S01", "D1S02", "D1S03", "D1S04")] == [3, 1, 1, 4]


def test_the_cases_are_those_of_the_file() -> None:
    with CASES.open(encoding="utf-8", newline="") as file:
        assert [row["案件编号"] for row in csv.DictReader(file)] == [row[0] for row in cells(WORKBOOK, "案件")[1:]]


def test_the_formulas_are_live_and_give_what_the_workbook_shows(tmp_path: Path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed: the formulas cannot be worked out again here")
    make(tmp_path / "plain.xlsx")
    assert (
        sum(str(cell).startswith("=") for row in cells(tmp_path / "plain.xlsx", "得分", formulas=True) for cell in row)
        > 100
    )
    work_out(tmp_path / "plain.xlsx", tmp_path / "again.xlsx")
    for sheet in SHEETS:
        assert cells(tmp_path / "again.xlsx", sheet) == cells(WORKBOOK, sheet)
