"""What each role may see and do over the API; what the pages show in a browser. One file: one server for all.

Pictures are kept in build/screens.
"""

from __future__ import annotations

import json

import pytest
import yaml
from playwright.sync_api import sync_playwright

from pipelines.settings import REPO
from tests.browser.conftest import Screens
from tests.browser.person import Person
from tests.browser.reader import ARGUMENTS, CHROMIUM, Reader

RANKING = "本月排名：同分并列，未排名者注明原因"


def test_nobody_sees_anything_without_a_login(screens: Screens) -> None:
    stranger = Person(screens)
    assert stranger.ask("/api/v1/chart/1/data/")[0] in (401, 403, 404)
    assert json.loads(stranger.ask("/api/v1/dashboard/demo/charts")[1]).get("result") is None


def test_a_leader_sees_every_district_and_exports_nothing(screens: Screens) -> None:
    leader = Person(screens, "lead")
    units = {row["unit_name"] for row in leader.rows(RANKING)}
    assert {"澄湖区", "云麓区", "青屿区"} <= units
    assert leader.csv(RANKING)[0] in (403, 401)


def test_a_district_leader_sees_only_the_district(screens: Screens) -> None:
    """澄湖区 and its twelve streets are D1 of cities/demo/units.csv."""
    rows = Person(screens, "east").rows(RANKING)
    units = {row["unit_name"] for row in rows}
    assert "澄湖区" in units
    assert len(units) == 13
    assert all(row["rank_label"].endswith("/ 18") for row in rows if row["unit_name"] == "澄心街道")


def test_ranks_are_the_same_for_who_sees_less(screens: Screens) -> None:
    everything = {(r["unit_name"], r["rank_label"], r["score"]) for r in Person(screens, "lead").rows(RANKING)}
    own = {(r["unit_name"], r["rank_label"], r["score"]) for r in Person(screens, "east").rows(RANKING)}
    assert own < everything


def test_an_evaluator_exports_csv_that_excel_reads_as_chinese(screens: Screens) -> None:
    status, body = Person(screens, "judge").csv(RANKING)
    assert status == 200
    assert body.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("name", ["lead", "east", "judge"])
def test_only_the_data_team_may_write_sql(screens: Screens, name: str) -> None:
    query = {"database_id": 1, "sql": "select * from mart_ranks", "runAsync": False, "schema": "main"}
    assert Person(screens, name).ask("/api/v1/sqllab/execute/", query)[0] in (401, 403, 404)
    status, body = Person(screens, "data").ask("/api/v1/sqllab/execute/", query)
    assert status == 200, body[:300]


OUTSIDE = ["select * from read_text('/etc/passwd')", "create table x as select 1", "attach ':memory:'"]


@pytest.mark.parametrize("sql", OUTSIDE)
def test_sql_cannot_leave_the_release(screens: Screens, sql: str) -> None:
    query = {"database_id": 1, "sql": sql, "runAsync": False, "schema": "main"}
    status, body = Person(screens, "data").ask("/api/v1/sqllab/execute/", query)
    assert status >= 400, body[:300]


PAGES = ["总览", "排名", "单位画像", "热线", "数字城管", "环卫市场化", "满意度", "数据质量"]
MAY_BE_EMPTY = tuple(
    chart["title"][0]
    for file in sorted((REPO / "dashboards" / "assets" / "pages").glob("*.yaml"))
    for row in yaml.safe_load(file.read_text(encoding="utf-8"))["rows"]
    for chart in row
    if chart.get("optional")
)
# A district's own pages; the others hold figures of the whole city's departments and contractors.
DISTRICT = ["总览", "排名", "单位画像"]


@pytest.mark.parametrize(("name", "titles"), [("lead", PAGES), ("east", DISTRICT), ("judge", PAGES[:1])])
def test_every_chart_draws(screens: Screens, name: str, titles: list[str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        reader = Reader.log_in(browser, screens.base, name, screens.passwords[name])
        assert reader.open("demo") == PAGES
        assert "合成数据" in reader.page.locator(".header-with-actions, .dashboard-header").first.inner_text()
        faults = {}
        for number, title in enumerate(titles, start=1):
            faults[title] = reader.show(title)
            reader.keep(REPO / "build" / "screens" / f"{name}_{number}.png")
        # A month without a case that cost points is good news, not a fault; an error is one everywhere.
        assert [f for found in faults.values() for f in found if "rror" in f or not f.startswith(MAY_BE_EMPTY)] == []
        assert reader.outside == set()
        browser.close()
