"""Totals, places and what follows from them, in plain Python decimals from the text of a scheme file: nothing of the
scoring engine is used.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tests.integration.reference_scores import number, rounded

FROM_END = {"last": 1, "second_last": 2, "third_last": 3}
Row = dict[str, Any]
Places = dict[str, int]  # unit: place


def texts(folder: Path) -> dict[str, Row]:
    """The scheme files of a city's folder as they stand, by scheme."""
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (folder / "schemes").glob("*.yaml")]
    return {text["scheme"]: text for text in found}


def state(item: Row, period: str, row: Row, sample: Decimal | None) -> str:
    """What becomes of an item of the main part; ``sample`` is None where nothing is sampled (a count, files)."""
    if period in item.get("not_held", ()):
        return "shared_out"
    has_value = row["numerator"] is not None and ("indicator" not in item or row["rate"] is not None)
    if has_value and (sample is None or sample >= item.get("needs_at_least", 1)):
        return "scored"
    return "shared_out" if item.get("otherwise") == "share_out" else "not_ranked"


def total(scheme: Row, rows: Sequence[Row]) -> Decimal | None:
    """The score of a unit from the points and states of its items; None where it is not ranked."""
    main = [row for row in rows if row["part"] == "items"]
    scored = [row for row in main if row["state"] == "scored"]
    if len(scored) < len([row for row in main if row["state"] != "shared_out"]) or not scored:
        return None
    full = sum((row["full_marks"] for row in main), Decimal(0))
    found = sum((row["points"] for row in scored), Decimal(0)) * full / sum(row["full_marks"] for row in scored)
    caps = {part: number(scheme.get(part, {}).get("cap", 0)) for part in ("bonus", "penalty")}
    for part, sign in (("bonus", 1), ("penalty", -1)):
        extra = sum((row["points"] or Decimal(0) for row in rows if row["part"] == part), Decimal(0))
        found += sign * min(extra, caps[part])
    return rounded(min(max(found, Decimal(0)), full + caps["bonus"]), scheme.get("rounding", {}).get("total", 2))


def places(scores: dict[str, Decimal], *, from_end: bool = False) -> Places:
    """1-2-2-4 from the best, or from the worst."""
    return {
        unit: 1 + sum((other < score) if from_end else (other > score) for other in scores.values())
        for unit, score in scores.items()
    }


def grade(scheme: Row, score: Decimal) -> str | None:
    cuts = sorted(((number(cut), name) for name, cut in scheme.get("grades", {}).items()), reverse=True)
    return next((name for cut, name in cuts if score >= cut), None)


def among(unit: str, first: Places, last: Places, place: str) -> bool:
    """Whether the unit takes the place of an award table: 1, 2 …, last, second_last."""
    if place in FROM_END:
        return last[unit] == FROM_END[place] and first[unit] > 1
    return first[unit] == int(place)


def award(scheme: Row, group: str, unit: str, first: Places, last: Places) -> Decimal | None:
    tables = scheme.get("awards", {}).get(group, [])
    for table in [{"gives": tables}] if isinstance(tables, dict) else tables:
        if table.get("group_size_from", 1) <= len(first) <= table.get("group_size_to", len(first)):
            for place, yuan in table["gives"].items():
                if among(unit, first, last, str(place)):
                    return number(yuan)
    return None


def pots(scheme: Row, first: Places) -> Iterator[tuple[list[str], Decimal]]:
    """The units of each place with the funds of all the places that they take together."""
    gives, takes = (scheme.get("funds", {}).get(side, []) for side in ("gives", "takes"))
    moves = [Decimal(0)] * len(first)
    if (gives or takes) and len(first) >= len(gives) + len(takes):
        for at, yuan in enumerate(gives):
            moves[at] += number(yuan)
        for at, yuan in enumerate(takes):
            moves[-1 - at] -= number(yuan)
    for place in sorted(set(first.values())):
        units = sorted(unit for unit, taken in first.items() if taken == place)
        yield units, sum(moves[place - 1 : place - 1 + len(units)], Decimal(0))


def named(
    scheme: Row, unit: str, group: tuple[Places, Places], everybody: tuple[Places, Places], held: str | None
) -> set[str]:
    """The lists that the unit is on, and the consequences whose ground it gives this once."""
    found = set()
    for each in scheme.get("consequences", ()):
        when = each["when"]
        is_last = "among_last" in when and group[1][unit] <= when["among_last"] and group[0][unit] > 1
        if is_last or ("grade" in when and when["grade"] == held):
            found.add(each["consequence"])
    for name, listed in scheme.get("lists", {}).items():
        first, last = group if listed.get("of", "group") == "group" else everybody
        if "first" in listed and first[unit] <= listed["first"]:
            found.add(f"{name}_list")
        if "last" in listed and last[unit] <= listed["last"] and first[unit] > 1:
            found.add(f"{name}_list")
    return found


def fee(scheme: Row, month: str, contract: Row, score: Decimal) -> tuple[Decimal, Decimal]:
    """What a contract pays for the month, and what is taken off for points below the pass mark."""
    year, of_year = (int(part) for part in month.split("-"))
    days = [date(year, of_year, 1) + timedelta(at) for at in range(calendar.monthrange(year, of_year)[1])]
    held = sum(contract["valid_from"] <= day <= contract["valid_to"] for day in days)
    rule = scheme["payment"]
    part = Decimal(1) if rule.get("part_month") == "full" else Decimal(held) / len(days)
    base = rounded(number(contract["monthly_fee_yuan"]) * part, 2)
    pays = next((number(tier["pays"]) for tier in rule["tiers"] if score >= tier["from"]), number(rule["otherwise"]))
    lacking = max(number(rule.get("pass_mark", 0)) - score, Decimal(0))
    off = rounded(lacking * number(rule.get("yuan_per_point", 0)) * part, 2)
    return max(rounded(base * pays, 2) - off, Decimal(0)), off
