"""Tables that cities published, as reported counts through the door and the models of every indicator: one warehouse.

Every printed rate, difference, change and sum comes out as printed, but those that expected.csv (made by hand) names
as the publisher's errors: these are found, with the value that expected.csv gives.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.city import City, load_city
from pipelines.ingest import land_files
from pipelines.settings import CityHome
from pipelines.warehouse.build import invoke
from pipelines.warehouse.db import open_db
from pipelines.warehouse.inputs import moment_of_run, write_inputs
from tests.golden.published_figures import TABLES, VALID, Figures, Printed, all_figures
from tests.models import rendered

HERE = Path(__file__).parent
USED = {
    "zhengzhou_weekly_base", "quanzhou_handling_totals", "sanmenxia_squads_weekly", "changzhou_12319_shares",
    "hanzhong_mailbox_2022_08", "yichun_12345_2023_05", "ratio_lines", "jiangmen_collector_tasks",
}  # fmt: skip
MODELS = "+mart_indicators +mart_counts +dq_measure_parts +dq_unit_sums"
Cell = tuple[str, int, str, str, Decimal]  # table, row, column, printed, computed


@dataclass(frozen=True)
class Warehouse:
    figures: Figures
    db: duckdb.DuckDBPyConnection
    states: dict[str, str]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """All tables delivered as one file, and the models of the indicators built from it by one dbt invocation."""
    base = tmp_path_factory.mktemp("golden")
    figures = all_figures()
    city = golden_city(base / "folder", figures)
    home = CityHome(base / "home" / "golden")
    file = base / "figures.csv"
    table = [(p, u, m, value) for (u, p, m), value in figures.counts.items()]
    pl.DataFrame(table, schema=["period", "unit_code", "measure", "value"], orient="row").write_csv(file)
    (delivery,) = land_files(city, home, city.sources["figures"], [file], say=lambda said: None)
    assert (delivery.accepted, delivery.rejected) == (len(table), 0)
    write_inputs(city, [], moment_of_run(city, None, None), home.lake, [delivery.delivery_id])
    only_needed(home.lake / "run", {p for _, p, _ in figures.counts})
    states = build_some(home)
    with open_db(home.warehouse, read_only=True) as db:
        yield Warehouse(figures, db, states)


def golden_city(folder: Path, figures: Figures) -> City:
    shutil.copytree(HERE / "city", folder)
    units = [
        (code, name, "published", parent, False, *VALID.get(code.rpartition(":")[2], (None, None)))
        for code, (name, parent) in figures.units.items()
    ]
    columns = ["unit_code", "name_zh", "unit_kind", "parent_code", "is_ranked", "valid_from", "valid_to"]
    pl.DataFrame(units, schema=columns, orient="row", infer_schema_length=None).write_csv(folder / "units.csv")
    return load_city(str(folder))


def only_needed(run: Path, periods: set[str]) -> None:
    """Eleven years of weeks without a figure are left out of the run."""
    for name in ("periods", "period_days"):
        frame = pl.read_parquet(run / f"{name}.parquet").filter(pl.col("period").is_in(list(periods)))
        frame.write_parquet(run / f"{name}.parquet")


def build_some(home: CityHome) -> dict[str, str]:
    """The state of each model after one dbt invocation."""
    outcome = invoke(home, "build", "--resource-type", "model", "--resource-type", "seed", "--select", *MODELS.split())
    return {r.node.name: str(r.status) for r in outcome.result}


def errors(column: str, *columns: str) -> set[Cell]:
    """The publishers' errors in ``columns`` of the tables used here."""
    with (TABLES / "expected.csv").open(encoding="utf-8", newline="") as file:
        return {
            (r["table"], int(r["row"]), r["column"], r["published"], Decimal(r["computed"]))
            for r in csv.DictReader(file)
            if r["kind"] == "mismatch" and r["table"] in USED and r["column"] in (column, *columns)
        }


def differing(printed: list[Printed], computed: dict[tuple[str, str, str, int], Decimal]) -> set[Cell]:
    """The printed cells that are not the computed value at the printed number of decimals."""
    found = set()
    for cell in printed:
        value = computed[*cell.place, cell.name, decimals(cell.text)]
        if value != Decimal(cell.text):
            found.add((cell.table, cell.row, cell.column, cell.text, value))
    return found


def decimals(text: str) -> int:
    return len(text.partition(".")[2])


def at_decimals(warehouse: Warehouse, sql: str, macro: str) -> dict[tuple[str, str, str, int], Decimal]:
    """``macro`` (per cent, from two counts ``a`` and ``b``) at 0, 1 and 2 decimals over the rows of ``sql``."""
    return {
        (unit, period, name, places): value * 100
        for places in range(3)
        for unit, period, name, value in warehouse.db.execute(
            rendered(f"select unit_code, period, name, {{{{ {macro}('a', 'b', {places + 2}) }}}} from ({sql})")
        ).fetchall()
        if value is not None
    }


def test_every_model_is_built(warehouse: Warehouse) -> None:
    assert set(warehouse.states.values()) == {"success"}
    assert set(MODELS.replace("+", "").split()) <= set(warehouse.states)


def test_every_table_is_delivered_whole(warehouse: Warehouse) -> None:
    assert {code.partition(":")[0] for code in warehouse.figures.units} == USED
    assert len(warehouse.figures.rates) == 12 + 15 + 21 + 54 + 14 + 42 + 32
    assert len(warehouse.figures.changes) == len(warehouse.figures.differences) == 32


def test_every_printed_rate_is_the_indicator(warehouse: Warehouse) -> None:
    computed = at_decimals(
        warehouse,
        "select unit_code, period, indicator as name, numerator as a, denominator as b from mart_indicators "
        "where channel = 'all' and rate is not null",
        "ratio",
    )
    wrong = differing(warehouse.figures.rates, computed)
    assert wrong == errors("ratio_pct_published", "share_pct_published", "rate_pct_published",
                           "handling_rate_pct_published", "completion_rate_pct_published")  # fmt: skip
    assert len(wrong) == 2


def test_the_rate_of_the_mart_is_the_fraction(warehouse: Warehouse) -> None:
    """Six decimals, half-up, against decimals of Python's own."""
    rates = warehouse.db.execute(
        "select numerator, denominator, rate from mart_indicators where rate is not null"
    ).fetchall()
    assert len(rates) > 190
    for over, under, rate in rates:
        assert rate == (over / under).quantize(Decimal("0.000001"), "ROUND_HALF_UP")


def test_every_printed_difference_and_change_is_the_period_on_period(warehouse: Warehouse) -> None:
    found = "select unit_code, period, measure as name, value as a, previous_value as b from mart_counts"
    changes = at_decimals(warehouse, found, "change_rate")
    differences = {
        (unit, period, name, 0): over - under
        for unit, period, name, over, under in warehouse.db.execute(found).fetchall()
        if under is not None
    }
    wrong = differing(warehouse.figures.changes, changes) | differing(warehouse.figures.differences, differences)
    assert wrong == errors("diff_pct_published", "diff_published")
    assert len(wrong) == 3


def test_sums_of_units(warehouse: Warehouse) -> None:
    """Totals against their rows: Jiangmen 2024-07 repeats last month; Quanzhou adds up where it is printed in full."""
    rows = warehouse.db.execute(
        "select split_part(unit_code, ':', 1), period, measure, value, children_value, is_mismatch from dq_unit_sums "
        "where is_compared"
    ).fetchall()
    wrong = [(table, period, measure, value, below) for table, period, measure, value, below, bad in rows if bad]
    assert wrong == [("jiangmen_collector_tasks", "2024-07", "collected", 12120, 12102)]
    compared = {(table, period, measure) for table, period, measure, *_ in rows}
    assert {(p, m) for t, p, m in compared if t == "quanzhou_handling_totals"} == {
        (period, measure) for period in ("2020-11", "2021-05", "2022-08") for measure in ("handle_due", "handle_done")
    }
    assert len([1 for t, *_ in rows if t == "yichun_12345_2023_05"]) == 3
    assert len([1 for t, *_ in rows if t == "jiangmen_collector_tasks"]) == 8 + 4
    assert {t for t, *_ in rows} == {"quanzhou_handling_totals", "yichun_12345_2023_05", "jiangmen_collector_tasks"}


def test_parts_of_counts(warehouse: Warehouse) -> None:
    """Assigned = finished + in progress + overdue (37 letters), dispatched = done + not done (21 rows): all right."""
    found = warehouse.db.execute(
        "select split_part(unit_code, ':', 1) as t, measure, count(*), count(*) filter (where is_mismatch) "
        "from dq_measure_parts where is_compared group by all order by all"
    ).fetchall()
    assert ("hanzhong_mailbox_2022_08", "assigned", 37, 0) in found
    assert ("sanmenxia_squads_weekly", "sent", 21, 0) in found
    assert all(wrong == 0 for *_, wrong in found)
