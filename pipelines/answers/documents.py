"""The JSON documents of ranks and indicators (design: stable), built from the current release."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pipelines.answers.reading import head, plain, rows_of
from pipelines.errors import UsageError
from pipelines.settings import CityHome
from pipelines.warehouse.db import quoted
from pipelines.warehouse.marts import COMPARISONS

SUMS = ("year_to_date_numerator", "year_to_date_denominator")
FAULT_ORDER = ("fault", "source", "channel", "stage")
# What a figure carries beside its rate, from its own row and from its definition.
CARRIED = (
    "sample_size", "wilson_low", "wilson_high", "is_calendar_provisional", "reason_en", "contract", "fresh_at",
    "rejected_rate",
)  # fmt: skip
DEFINED = ("indicator_zh", "indicator_en", "definition_zh", "definition_en", "time_filter", "direction", "standard")


def rank_document(home: CityHome, city: str, period: str, scheme: str | None = None) -> dict[str, Any]:
    """The ranking of a period by scheme and peer group; who is not ranked stands last, with the reason."""
    document = head(home, city, period)
    rows = rows_of(
        home,
        f"select * from mart_ranks where period = {quoted(period)}{_and('scheme', scheme)} "
        "order by scheme, peer_group, rank nulls last, unit_code",
    )
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["scheme"], row["unit_kind"], row["peer_group"]), []).append(
            {
                "unit_code": row["unit_code"],
                "unit_name": row["unit_name"],
                "score": None if row["score"] is None else float(row["score"]),
                "rank": row["rank"],
                "grade": row["grade"],
                "ranked": row["is_ranked"],
                "reason": row["reason_zh"],
                "adjustments": row["adjustments"].split(",") if row["adjustments"] else [],
            }
        )
    document["groups"] = [
        {"scheme": name, "unit_kind": kind, "peer_group": group, "units": units}
        for (name, kind, group), units in groups.items()
    ]
    return document


def indicator_document(
    home: CityHome, city: str, period: str, unit: str | None = None, indicator: str | None = None
) -> dict[str, Any]:
    """The indicators of a period with numerator and denominator, beside the period and the year before; each with its
    sample size, interval, definition, clauses, freshness and share of rejected input. ``case_faults`` tells what is
    doubtful in the cases delivered.
    """
    document = head(home, city, period)
    rows = rows_of(
        home,
        f"select * from mart_indicators where period = {quoted(period)}{_and('unit_code', unit)}"
        f"{_and('indicator', indicator)} order by unit_kind, unit_code, channel, indicator",
    )
    if not rows and (unit or indicator):
        asked = f"indicator {indicator}" if indicator else "indicator"
        of_whom = f" of unit {unit}" if unit else ""
        raise UsageError(f"no {asked}{of_whom} in {period}", "check the codes")
    defined = definitions(home)
    document["rows"] = [
        {
            "unit_kind": r["unit_kind"],
            "unit_code": r["unit_code"],
            "unit_name": r["unit_name"],
            "channel": r["channel"],
            "indicator": r["indicator"],
            "numerator": plain(r["numerator"]),
            "denominator": plain(r["denominator"]),
            "rate": _number(r["rate"]),
            "reason": r["reason_zh"],
            **{key: plain(r[key]) if key in SUMS else _number(r[key]) for key in COMPARISONS["mart_indicators"]},
            **carried(r, defined),
        }
        for r in rows
    ]
    document["case_faults"] = rows_of(home, f"select * from mart_case_faults order by {', '.join(FAULT_ORDER)}")
    return document


def definitions(home: CityHome) -> dict[str, dict[str, Any]]:
    """The definition of each indicator, by its code."""
    return {row["indicator"]: row for row in rows_of(home, "select * from mart_indicator_definitions")}


def carried(figure: dict[str, Any], defined: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What ``figure``, a row of mart_indicators, carries beside numerator, denominator and rate, as JSON has it."""
    own = defined.get(figure["indicator"], {})
    return {
        **{key: plain(figure.get(key)) for key in CARRIED},
        **{key: own.get(key) or None for key in DEFINED},
        "clauses": (own.get("clauses") or "").split(",") if own.get("clauses") else [],
    }


def _number(rate: Decimal | None) -> float | None:
    return None if rate is None else float(rate)


def _and(column: str, value: str | None) -> str:
    return "" if value is None else f" and {column} = {quoted(value)}"
