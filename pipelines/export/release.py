"""The tables of one period, read from a release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.city.periods import parse_period
from pipelines.errors import UsageError

Release = Callable[[str], pl.DataFrame]


@dataclass(frozen=True)
class PeriodTables:
    """What an export of one period shows; ``period`` is its row of mart_periods."""

    period: dict[str, Any]
    ranks: pl.DataFrame
    items: pl.DataFrame
    awards: pl.DataFrame
    settlements: pl.DataFrame
    consequences: pl.DataFrame
    adjustments: pl.DataFrame
    targets: pl.DataFrame
    indicators: pl.DataFrame
    definitions: pl.DataFrame
    case_faults: pl.DataFrame
    deliveries: pl.DataFrame


def read_period(release: Release, period: str) -> PeriodTables:
    """Read ``period`` through ``release`` (runs one SQL text, gives a Polars frame).

    Raises UsageError where the name is not a period or the release does not hold it.
    """
    name = parse_period(period).name
    found = release(f"select * from mart_periods where period = '{name}'")
    if found.is_empty():
        held = release("select period from mart_periods order by ends_on desc, period limit 12")["period"].to_list()
        raise UsageError(
            f"the current release does not hold the period {name}",
            f"choose one it holds, such as {', '.join(held)}" if held else "run cityeval run first",
        )
    deliveries = release("select * from mart_deliveries")
    if "row_count" in deliveries.columns:
        deliveries = deliveries.rename({"row_count": "rows"})
    return PeriodTables(
        period=found.row(0, named=True),
        ranks=release(f"select * from mart_ranks where period = '{name}'"),
        items=release(f"select * from mart_score_items where period = '{name}'"),
        awards=release(f"select * from mart_awards where period = '{name}'"),
        settlements=release(f"select * from mart_settlements where period = '{name}'"),
        consequences=release(f"select * from mart_consequences where period = '{name}'"),
        adjustments=release(f"select * from mart_adjustment_effects where period = '{name}'"),
        targets=release(f"select * from mart_target_progress where period = '{name}'"),
        indicators=release(f"select * from mart_indicators where period = '{name}'"),
        definitions=release("select * from mart_indicator_definitions"),
        case_faults=release("select * from mart_case_faults"),
        deliveries=deliveries,
    )
