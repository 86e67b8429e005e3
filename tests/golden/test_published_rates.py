"""Rates that cities printed in their bulletins, against the one macro that computes every published ratio.

The tables and where they come from are in tables/; expected.csv names the cells in which the publisher erred.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.scoring.macros import macros

TABLES = Path(__file__).parent / "tables"

# table → numerator, denominator, published rate in per cent as printed
COLUMNS = {
    "ratio_lines": ("numerator", "denominator", "ratio_pct_published"),
    "quanzhou_handling_totals": ("handled", "due_to_handle", "handling_rate_pct_published"),
    "sanmenxia_squads_weekly": ("done", "dispatched", "rate_pct_published"),
}


def rate(numerator: str, denominator: str, decimals: int) -> Decimal | None:
    """numerator ÷ denominator at ``decimals`` decimals, computed by the engine."""
    over, under = (f"cast({number} as decimal(18, 4))" for number in (numerator, denominator))
    answer = duckdb.execute(f"select {macros().ratio(over, under, decimals)}").fetchone()
    assert answer is not None
    value: Decimal | None = answer[0]
    return value


def published() -> Iterator[Any]:
    with (TABLES / "expected.csv").open(encoding="utf-8", newline="") as file:
        errata = {(row["table"], row["row"], row["column"]): row for row in csv.DictReader(file)}
    for table, (numerator, denominator, printed) in COLUMNS.items():
        with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 1):
                erratum = errata.get((table, str(number), printed))
                percent = erratum["computed"] if erratum else row[printed]
                yield pytest.param(row[numerator], row[denominator], percent, id=f"{table}-{number}")


@pytest.mark.parametrize(("numerator", "denominator", "percent"), list(published()))
def test_a_printed_rate_comes_out_as_printed(numerator: str, denominator: str, percent: str) -> None:
    decimals = len(percent.partition(".")[2])
    found = rate(numerator, denominator, decimals + 2)
    assert found is not None
    assert found * 100 == Decimal(percent)


def test_all_the_tables_are_there() -> None:
    assert len(list(published())) == 42 + 15 + 21


@pytest.mark.parametrize(
    ("numerator", "denominator", "decimals", "expected"),
    [
        ("1", "8", 2, "0.13"),  # 0.125: half goes up, where half-even and floats say 0.12
        ("1", "200", 2, "0.01"),  # 0.005
        ("2", "3", 6, "0.666667"),
        ("0", "5", 6, "0"),
        ("7", "5", 4, "1.4"),
        ("4545.87", "4660.64", 4, "0.9754"),
    ],
)
def test_a_half_goes_up(numerator: str, denominator: str, decimals: int, expected: str) -> None:
    assert rate(numerator, denominator, decimals) == Decimal(expected)


@pytest.mark.parametrize("numerator", ["0", "3"])
def test_a_zero_denominator_is_blank(numerator: str) -> None:
    assert rate(numerator, "0", 6) is None
