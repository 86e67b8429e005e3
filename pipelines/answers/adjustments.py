"""The adjustments of a release: the register, and those that a unit's result rests on."""

from __future__ import annotations

from typing import Any

from pipelines.answers.reading import plain_rows, rows_of
from pipelines.settings import CityHome
from pipelines.warehouse.db import quoted

SHOWN = (
    "adjustment_id", "kind", "target", "points", "reason", "requested_by", "requested_at", "decided_by", "decided_at",
    "is_late",
)  # fmt: skip


def adjustment_rows(home: CityHome, period: str | None = None) -> list[dict[str, Any]]:
    """Everything that was asked for, whatever became of it (``status``, with its words)."""
    only = "" if period is None else f" where period = {quoted(period)}"
    listed = ", ".join(("period", "unit_code", "unit_name", *SHOWN, "decision", "status", "status_zh", "status_en"))
    rows = rows_of(home, f"select {listed} from mart_adjustments{only} order by period, adjustment_id, record_key")
    return plain_rows(rows)


def applied_to(home: CityHome, period: str, unit: str) -> list[dict[str, Any]]:
    """The adjustments that the figures of ``unit`` in ``period`` rest on."""
    rows = rows_of(
        home,
        f"select {', '.join(SHOWN)}, asked_unit_code, asked_period from mart_adjustment_effects "
        f"where period = {quoted(period)} and unit_code = {quoted(unit)} order by adjustment_id, record_key",
    )
    return plain_rows(rows)
