"""The cases or records behind the numerator and the denominator of one indicator, from the current release."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.answers.case_measures import CASE_MEASURES, TURN_MEASURES, CaseMeasure
from pipelines.answers.documents import carried, definitions
from pipelines.answers.reading import below, head, held_below, plain, plain_rows
from pipelines.errors import UsageError
from pipelines.settings import CityHome
from pipelines.warehouse import read_release
from pipelines.warehouse.db import quoted

CASE_COLUMNS = (
    "case_id, channel, unit_code, area_code, reported_at, due_at, handled_at, closed_at, succession, delivery_id, "
    "source_file, source_row"
)
RECORD_COLUMNS = "unit_code, area_code, part, occurred_on, succession, delivery_id, source_file, source_row"


def proof_document(
    home: CityHome, city: str, period: str, unit: str, indicator: str, channel: str = "all", *, page: int = 1,
    most: int = 50,
) -> dict[str, Any]:  # fmt: skip
    """What stands behind an indicator of ``unit``: per side the figure, how many rows add up to it, and one page.

    ``most`` rows are on a page; ``page`` counts from 1. Raises UsageError where the release has no such figure.
    """
    document = head(home, city, period)
    key = f"period = {quoted(period)} and unit_code = {quoted(unit)} and channel = {quoted(channel)}"
    figures = read_release(home, f"select * from mart_indicators where {key} and indicator = {quoted(indicator)}")
    if figures.is_empty():
        known = read_release(home, f"select distinct indicator from mart_indicators where {key} order by 1")[
            "indicator"
        ]
        raise UsageError(
            f"there is no indicator {indicator!r} of unit {unit!r}, channel {channel!r} in {period}",
            f"it has: {', '.join(known) or 'none; check the code of the unit'}",
        )
    figure = figures.row(0, named=True)
    defined = definitions(home)
    measures = defined[indicator]
    document |= {
        "unit_code": unit, "unit_name": figure["unit_name"], "indicator": indicator, "channel": channel,
        "rate": None if figure["rate"] is None else float(figure["rate"]), "reason": figure["reason_zh"],
        **carried(figure, defined), "page": page,
    }  # fmt: skip
    for side in ("numerator", "denominator"):
        rows = rows_behind(home, period, unit, channel, measures[f"{side}_measure"])
        document[side] = {
            "measure": measures[f"{side}_measure"],
            "value": plain(figure[side]),
            "count": rows.height,
            "sum": plain(rows["value"].sum()) if rows.height else 0,
            "rows": plain_rows(rows.slice((page - 1) * most, most).to_dicts()),
        }
    return document


def rows_behind(home: CityHome, period: str, unit: str, channel: str, measure: str) -> pl.DataFrame:
    """Every row that ``measure`` of the unit counts, with what it adds, in the order of time and number."""
    span = read_release(
        home, f"select starts_on, ends_on, as_of from mart_periods where period = {quoted(period)}"
    ).row(0)
    moments = {
        "begin": f"timestamp '{span[0]}'",
        "end": f"(timestamp '{span[1]}' + interval 1 day)",
        "as_of": f"timestamp '{span[2]}'",
    }
    parts = []
    of_channel = "" if channel == "all" else f" and channel = {quoted(channel)}"
    if measure in CASE_MEASURES:
        rule = CASE_MEASURES[measure]
        parts.append(_cases("mart_case_proofs", rule, period, of_channel, held_below(*rule.holders), moments))
    if measure in TURN_MEASURES:
        rule = TURN_MEASURES[measure]
        # whoever held a case before its last turn answers alone
        alone = f"(unit_code = {quoted(unit)} or (is_last_turn and {held_below('unit_code')}))"
        holds = alone if rule.is_own else held_below("unit_code")
        parts.append(_cases("mart_turn_proofs", rule, period, of_channel, holds, moments))
    if not parts:
        parts = _others(period, unit, channel, of_channel, measure)
    return read_release(home, below(unit) + f"select * from ({' union all by name '.join(parts)}) order by all")


def _cases(mart: str, rule: CaseMeasure, period: str, of_channel: str, holds: str, moments: dict[str, str]) -> str:
    columns = (
        CASE_COLUMNS
        if mart == "mart_case_proofs"
        else CASE_COLUMNS.replace("handled_at, closed_at, succession", "done_at as handled_at")
    )
    return (
        f"select {columns}, cast({rule.value} as decimal(18, 4)) as value from {mart} "
        f"where period = {quoted(period)}{of_channel} and {rule.where.format(**moments)} and {holds}"
    )


def _others(period: str, unit: str, channel: str, of_channel: str, measure: str) -> list[str]:
    """Rows of variants, of records, of planned work, and figures that arrived counted: at most one of them has any."""
    mine = f"period = {quoted(period)} and {held_below('unit_code')}"
    variants = [
        f"select {CASE_COLUMNS.replace('reported_at, ', '').replace('succession, ', '')}, "
        f"cast({value} as decimal(18, 4)) as value from mart_variant_proofs where {mine}{of_channel} "
        f"and indicator || '_{side}' = {quoted(measure)} and {value} > 0"
        for side, value in (("numerator", "numerator"), ("denominator", "1"))
    ]
    if channel != "all":
        return variants
    records = (
        f"select record_key, {RECORD_COLUMNS}, value from mart_record_proofs where {mine} "
        f"and (measure || '_' || coalesce(part, '') = {quoted(measure)} "
        f"or (measure = {quoted(measure)} and record_kind <> 'operation'))"
    )
    work = [
        f"select operation_key as record_key, unit_code, area_code, measure as part, operated_on as occurred_on, "
        f"succession, delivery_id, source_file, source_row, cast({side} as decimal(18, 4)) as value "
        f"from mart_operation_proofs where {mine} and {quoted(measure)} in ('{side}', '{side}_' || measure)"
        for side in ("planned", "actual")
    ]
    reported = (
        "select record_key, unit_code, delivery_id, source_file, source_row, reported_value as value "
        f"from mart_reported_counts where period = {quoted(period)} and unit_code = {quoted(unit)} "
        f"and measure = {quoted(measure)} and counted_value is null"
    )
    return [*variants, records, *work, reported]
