"""Reading the current release, and values as JSON has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import polars as pl

from pipelines.city.periods import parse_period
from pipelines.errors import UsageError
from pipelines.settings import CityHome
from pipelines.warehouse import read_release
from pipelines.warehouse.db import quoted


def plain(value: Any) -> Any:
    """A value as JSON has it: whole decimals as integers, others as numbers, moments as ISO text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def rows_of(home: CityHome, sql: str) -> list[dict[str, Any]]:
    return read_release(home, sql).to_dicts()


def plain_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: plain(value) for key, value in row.items()} for row in rows]


def below(unit: str) -> str:
    """The head of a statement: a common table ``below`` with the codes of ``unit`` and of all units below it."""
    return (
        f"with recursive below as (select {quoted(unit)} as unit_code union all "
        "select u.unit_code from mart_units as u inner join below as b on u.parent_code = b.unit_code) "
    )


def held_below(*holders: str) -> str:
    """The condition that a row is that of a unit of ``below``: by one of the columns ``holders``, or by its area."""
    named = (*(holders or ("unit_code",)), "area_code")
    return f"({' or '.join(f'{column} in (select unit_code from below)' for column in named)})"


def head(home: CityHome, city: str, period: str) -> dict[str, Any]:
    """city, period, as_of, version and state (provisional, draft, final) of ``period``; where only its days
    from a day on count, that day as ``counts_from``.

    Raises UsageError where the release does not hold it.
    """
    known = read_release(
        home,
        "select period, as_of, version, state, counts_from from mart_periods order by ends_on desc, period",
    )
    row = known.filter(pl.col("period") == period)
    if row.is_empty():
        parse_period(period)  # which says so where there can be no such period
        near = ", ".join(known["period"].head(8))
        raise UsageError(
            f"the current release holds no period {period!r}",
            f"it holds {near} …; run `cityeval run --period {period}`",
        )
    told = row.row(0, named=True)
    begun = {"counts_from": f"{told['counts_from']:%Y-%m-%d}"} if told["counts_from"] else {}
    document = {"city": city, "period": period, "as_of": told["as_of"].isoformat(), "version": told["version"]}
    return document | {"state": told["state"]} | begun
