"""The published tables as reported counts: which figure is which measure, and what was printed beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from pipelines.city.periods import parse_period

TABLES = Path(__file__).parent / "tables"

# The measure behind each base count of a weekly report, and the indicator printed beside it.
BASE = {
    "受理数": ("accepted", None),
    "立案数": ("registered", "register_rate"),
    "派遣数": ("dispatched", "dispatch_rate"),
    "应结案数": ("due_to_close", None),
    "结案数": ("closed", "closure_rate"),
    "按期结案数": ("closed_on_time", "on_time_closure_rate"),
    "返工数": ("reworked", "rework_rate"),
    "延期数": ("extended", "extension_rate"),
}
# The lines whose ratio is an indicator of the registry; every other line is a part of a whole.
LINES = {
    "结案率": ("closed", "due_to_close", "closure_rate"),
    "按期结案率": ("closed_on_time", "due_to_close", "on_time_closure_rate"),
    "按时办结率": ("closed_on_time", "due_to_close", "on_time_closure_rate"),
    "按期办结率": ("closed_on_time", "due_to_close", "on_time_closure_rate"),
    "超期办结率": ("closed_overdue", "due_to_close", "overdue_closure_rate"),
    "返工率": ("reworked", "due_to_close", "rework_rate"),
    "立案率": ("registered", "accepted", "register_rate"),
    "满意率": ("satisfied", "evaluated", "satisfaction_rate"),
    "回访满意率": ("satisfied", "evaluated", "satisfaction_rate"),
}
# Stretches that are no period of a calendar stand in the one that ends with them or holds them.
STRETCHES = {
    "2018-01..09": "2018-Q3", "2020全年": "2020", "2019-04..06": "2019-Q2", "2020-R3": "2020", "2021-R1": "2021-Q1",
    "2021-02-27..03-05": "2021-W09", "2020-11-28..12-04": "2020-W49", "2019-04-08..04-14": "2019-W15",
}  # fmt: skip

# Scopes that a bulletin has no row for in some years: first and last day.
VALID = {
    "市区两级职能部门": (None, "2022-12-31"),
    "市级职能部门": ("2023-01-01", None),
    "区级职能部门": ("2023-01-01", None),
}

Place = tuple[str, str]  # unit, period


@dataclass(frozen=True)
class Printed:
    """One printed figure: where it stands (row from 1), what it is of, and its text."""

    table: str
    row: int
    column: str
    place: Place
    name: str  # indicator, or measure for a change
    text: str


@dataclass
class Figures:
    """Everything that is delivered, and everything that is compared."""

    counts: dict[tuple[str, str, str], str] = field(default_factory=dict)  # unit, period, measure → value
    units: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # unit → name, parent
    rates: list[Printed] = field(default_factory=list)
    differences: list[Printed] = field(default_factory=list)
    changes: list[Printed] = field(default_factory=list)

    def unit(self, name: str, *parents: str) -> str:
        """The code of ``name`` below its parents; each is registered."""
        path = [*parents, name]
        codes = [":".join(path[: n + 1]) for n in range(len(path))]
        for parent, code in pairwise([None, *codes]):
            self.units.setdefault(code, (code, parent))
        return codes[-1]

    def add(self, place: Place, **measures: str) -> None:
        for measure, value in measures.items():
            before = self.counts.setdefault((*place, measure), value)
            assert before == value, (place, measure, before, value)

    def rate(self, table: str, number: int, row: dict[str, str], column: str, place: Place, indicator: str) -> None:
        """The cell ``column`` of the row ``number`` is printed as that indicator."""
        self.rates.append(Printed(table, number, column, place, indicator, row[column]))


def rows(table: str) -> Iterator[tuple[int, dict[str, str]]]:
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from enumerate(csv.DictReader(file), 1)


def period(text: str) -> str:
    return STRETCHES.get(text, text)


def all_figures() -> Figures:
    found = Figures()
    for read in (zhengzhou, quanzhou, sanmenxia, changzhou, hanzhong, yichun, lines, jiangmen):
        read(found)
    return found


def zhengzhou(found: Figures) -> None:
    table = "zhengzhou_weekly_base"
    for number, row in rows(table):
        measure, indicator = BASE[row["indicator_base"]]
        place = (found.unit(row["scope"], table), period("2019-04-08..04-14"))
        found.add(place, **{measure: row["count"]})
        if indicator:
            found.rate(table, number, row, "ratio_pct_published", place, indicator)


def quanzhou(found: Figures) -> None:
    """The total row is the unit above the others."""
    table = "quanzhou_handling_totals"
    for number, row in rows(table):
        above = () if row["scope"] == "各部门合计" else ("各部门合计",)
        place = (found.unit(row["scope"], table, *above), row["month"])
        found.add(place, handle_due=row["due_to_handle"], handle_done=row["handled"])
        found.rate(table, number, row, "handling_rate_pct_published", place, "handling_rate")


def sanmenxia(found: Figures) -> None:
    table = "sanmenxia_squads_weekly"
    for number, row in rows(table):
        place = (found.unit(row["unit"], table, row["table"]), period(row["week"]))
        found.add(place, sent=row["dispatched"], finished=row["done"], unfinished=row["not_done"])
        found.rate(table, number, row, "rate_pct_published", place, "finishing_rate")


def changzhou(found: Figures) -> None:
    """Cases of a district or department out of those of its group."""
    table = "changzhou_12319_shares"
    for number, row in rows(table):
        place = (found.unit(row["unit"], table, row["group"]), row["month"])
        found.add(place, part=row["cases"], whole=row["denominator"])
        found.rate(table, number, row, "share_pct_published", place, "share_of_whole")


def hanzhong(found: Figures) -> None:
    table = "hanzhong_mailbox_2022_08"
    for _, row in rows(table):
        found.add(
            (found.unit(row["unit"], table), "2022-08"), assigned=row["assigned"], finished=row["closed"],
            in_progress=row["in_progress"], overdue_unfinished=row["overdue_not_done"],
        )  # fmt: skip


def yichun(found: Figures) -> None:
    """Each dimension is the unit above its items, with its denominator as its own count."""
    table = "yichun_12345_2023_05"
    for number, row in rows(table):
        place = (found.unit(row["item"], table, row["dimension"]), "2023-05")
        found.add(place, part=row["count"], whole=row["denominator"])
        found.add((found.unit(row["dimension"], table), "2023-05"), part=row["denominator"])
        found.rate(table, number, row, "share_pct_published", place, "share_of_whole")


def lines(found: Figures) -> None:
    table = "ratio_lines"
    for number, row in rows(table):
        numerator, denominator, indicator = LINES.get(row["indicator"], ("part", "whole", "share_of_whole"))
        place = (found.unit(row["id"], table), period(row["period"]))
        found.add(place, **{numerator: row["numerator"], denominator: row["denominator"]})
        found.rate(table, number, row, "ratio_pct_published", place, indicator)


def jiangmen(found: Figures) -> None:
    """The total row is the unit above the districts; the month before is delivered as a month of its own."""
    table = "jiangmen_collector_tasks"
    for number, row in rows(table):
        above = () if row["unit"] == "合计" else ("合计",)
        unit = found.unit(row["unit"], table, *above)
        place = (unit, row["month"])
        found.add(place, collection_task=row["task_count"], collected=row["done_count"])
        found.add((unit, parse_period(row["month"]).previous().name), collected=row["prev_done_count"])
        found.rate(table, number, row, "completion_rate_pct_published", place, "collection_rate")
        found.differences.append(Printed(table, number, "diff_published", place, "collected", row["diff_published"]))
        text = row["diff_pct_published"]
        found.changes.append(Printed(table, number, "diff_pct_published", place, "collected", text))
