"""A publication is a draft until somebody approves it; a correction makes the next version, and the diff names what
moved: one case corrected by hand, its effect counted by hand.
"""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.city import load_city
from pipelines.settings import CityHome
from pipelines.warehouse import read_release
from pipelines.warehouse.approvals import read_approvals
from pipelines.warehouse.objections import open_until
from pipelines.warehouse.publication import Publication
from tests.integration.conftest import SmallCity, cityeval

PERIOD = "2026-10"
# what a hotline case that was handled in time, not late, is counted in
MOVED = {
    "on_time_closure_rate",
    "on_time_closure_rate_without_deferrals",
    "overdue_closure_rate",
    "handling_on_time_rate",
    "handling_overdue_rate",
}


@pytest.fixture(scope="module")
def city(small_city: SmallCity, tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    """A copy of the small city's home, which these tests may change."""
    return small_city.copy(tmp_path_factory.mktemp("published") / "home")


def ask(city: SmallCity, *arguments: str) -> Any:
    done = cityeval(*arguments, "--city", city.folder, "--home", city.home, "--json")
    return json.loads(done.stdout)


def version(city: SmallCity, number: int) -> dict[str, Any]:
    found = ask(city, "publications")["publications"]
    return next(p for p in found if p["period"] == PERIOD and p["version"] == number)


def test_a_new_publication_is_a_draft(city: SmallCity) -> None:
    states = {p["state"] for p in ask(city, "publications")["publications"]}
    assert states == {"draft"}
    assert version(city, 1)["approved_by"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--period", PERIOD, "--by", " "), "an approval needs a name"),
        (("--period", "2031-01", "--by", "张三"), "'2031-01' is not published"),
    ],
)
def test_a_wrong_approval_is_refused(city: SmallCity, arguments: tuple[str, ...], words: str) -> None:
    done = cityeval("approve", *arguments, "--city", city.folder, "--home", city.home, expect=2)
    assert words in done.stderr


def test_approving_makes_it_final_everywhere(city: SmallCity) -> None:
    noted = ("--by", "张三（评价科）", "--note", "经电话13800138000核实")
    cityeval("approve", "--period", PERIOD, *noted, "--city", city.folder, "--home", city.home)
    assert read_approvals(city.folders.lake)[PERIOD, 1].note == "经电话***核实"
    now = version(city, 1)
    assert (now["state"], now["approved_by"]) == ("final", "张三（评价科）")
    head = read_release(city.folders, f"select state, approved_by from mart_periods where period = '{PERIOD}'")
    assert head.row(0) == ("final", "张三（评价科）")
    again = cityeval(
        "approve", "--period", PERIOD, "--by", "李四", "--city", city.folder, "--home", city.home, expect=2
    )
    assert "is final: approved by 张三（评价科）" in again.stderr


def test_a_correction_makes_a_new_draft_and_the_diff_names_what_moved(city: SmallCity, tmp_path: Path) -> None:
    case = late_case(city.folders)
    deliver_on_time(city, case, tmp_path)
    cityeval("run", "--city", city.folder, "--home", city.home, "--input", tmp_path, "--period", PERIOD)
    assert version(city, 1)["state"] == "superseded"
    assert version(city, 1)["approved_by"] == "张三（评价科）"
    assert version(city, 2)["state"] == "draft"

    found = ask(city, "diff", "--period", PERIOD)
    assert (found["from"], found["to"]) == (1, 2)
    assert [(c["case_id"], c["change"]) for c in found["cases"]] == [(case["case_id"], "changed")]
    assert set(found["cases"][0]["columns"]) == {"handled_at", "is_closed_on_time"}

    units = dict(load_city(str(city.folder)).reference["units"].select("unit_code", "parent_code").iter_rows())
    above = {code for start in (case["unit_code"], case["area_code"]) for code in upwards(start, units)}
    counts = {
        (c["unit_code"], c["channel"]): float(c["after"]) - float(c["before"])
        for c in found["cells"]
        if c["table"] == "mart_counts" and c["measure"] == "closed_on_time"
    }
    assert counts == {(unit, channel): 1 for unit in above for channel in ("hotline", "all")}
    assert {c["why"] for c in found["cells"] if c["unit_code"] in above} == {"cases: 1 changed"}
    rates = [c for c in found["cells"] if c["table"] == "mart_indicators" and c["column"] == "numerator"]
    assert {c["indicator"] for c in rates} == MOVED


def test_versions_that_do_not_exist_are_named(city: SmallCity) -> None:
    done = cityeval("diff", "--period", "2026-09", "--city", city.folder, "--home", city.home, expect=2)
    assert "2026-09 has no version 0" in done.stderr


def test_objections_are_open_for_working_days(small_city: SmallCity) -> None:
    """Published on Wednesday 30 September 2026: the National Day holiday runs from 1 to 7 October, 10 October is a
    make-up working Saturday; three working days end on Saturday 10 October (8, 9, 10).
    """
    loaded = load_city(str(small_city.folder))
    days = loaded.reference["calendar"].filter(pl.col("date").is_between(date(2026, 10, 1), date(2026, 10, 10)))
    worked = [day for day, works in days.select("date", "is_workday").iter_rows() if works]
    assert worked == [date(2026, 10, 8), date(2026, 10, 9), date(2026, 10, 10)]
    asks = loaded.settings.model_copy(update={"objection_work_days": 3})
    publication = Publication(
        Path("v0001"), {"period": "2026-08", "version": 1, "published_at": "2026-09-30T01:00:00+00:00"}
    )
    asking = type(loaded)(**{**vars(loaded), "settings": asks})
    assert open_until(publication, asking, []) == date(2026, 10, 10)
    assert open_until(publication, loaded, []) is None


def late_case(folders: CityHome) -> dict[str, Any]:
    """A hotline case of the period that was closed after its deadline and stands in a file of its own name."""
    rows = read_release(
        folders,
        f"select * from mart_case_proofs where period = '{PERIOD}' and channel = 'hotline' and is_closed "
        "and not is_closed_on_time and handled_at is not null and due_at > reported_at + interval 2 hour "
        "order by case_id limit 1",
    ).to_dicts()
    return rows[0]


def deliver_on_time(city: SmallCity, case: dict[str, Any], folder: Path) -> None:
    """The file that tells of the case once more, the case now handled a minute before its deadline."""
    source = next((city.folders.root / "synthetic").rglob(case["source_file"]))
    with source.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        header, rows = list(reader.fieldnames or []), list(reader)
    for row in rows:
        if row["工单编号"] == case["case_id"]:
            row["办结时间"] = f"{case['due_at'] - timedelta(minutes=1):%Y-%m-%d %H:%M:%S}"
            row["更新时间"] = "2026-10-31 23:59:00"
    with (folder / "12345工单_更正_截至20261031235959.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(rows)


def upwards(unit: str | None, parents: dict[str, str | None]) -> list[str]:
    found = []
    while unit is not None:
        found.append(unit)
        unit = parents.get(unit)
    return found
