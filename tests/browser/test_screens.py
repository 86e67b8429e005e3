"""What each role may see and do over the API; what the pages show in a browser. One file: one server for all.

Pictures are kept in build/screens.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser

from pipelines.screens.reader import WAIT, Reader
from pipelines.settings import REPO, city_home
from pipelines.warehouse.release import make_release
from tests.browser.conftest import Screens
from tests.browser.person import Person
from tests.integration.conftest import program
from tests.personal_data import files_of, found_in, text_of

KEPT = REPO / "build" / "screens"
BADGE = "本页所读的发布版本"
RANKING = "本月排名：同分并列，未排名者注明原因"
People, Readers = Callable[[str], Person], Callable[[str], Reader]


def test_nobody_sees_anything_without_a_login(person: People) -> None:
    stranger = person("")
    assert stranger.ask("/api/v1/chart/1/data/")[0] in (401, 403, 404)
    assert json.loads(stranger.ask("/api/v1/dashboard/demo/charts")[1]).get("result") is None


def test_what_the_login_page_reports_sets_no_cookie(person: People) -> None:
    """Sent beside the login, its answer would come after the login's and log the person out again."""
    stranger = person("")
    stranger.ask("/login/")
    before = [(cookie.name, cookie.value) for cookie in stranger.cookies]
    assert before
    assert stranger.ask("/superset/log/?explode=events", b"events=[]")[0] == 204
    assert [(cookie.name, cookie.value) for cookie in stranger.cookies] == before


def test_a_leader_sees_every_district_and_exports_nothing(person: People) -> None:
    leader = person("lead")
    units = {row["unit_name"] for row in leader.rows(RANKING)}
    assert {"澄湖区", "云麓区", "青屿区"} <= units
    assert leader.csv(RANKING)[0] in (403, 401)


def test_a_district_leader_sees_only_the_district(person: People) -> None:
    """澄湖区 and its twelve streets are D1 of cities/demo/units.csv."""
    rows = person("east").rows(RANKING)
    units = {row["unit_name"] for row in rows}
    assert "澄湖区" in units
    assert len(units) == 13
    assert all(row["rank_label"].endswith("/ 18") for row in rows if row["unit_name"] == "澄心街道")


def test_ranks_are_the_same_for_who_sees_less(person: People) -> None:
    everything = {(r["unit_name"], r["rank_label"], r["score"]) for r in person("lead").rows(RANKING)}
    own = {(r["unit_name"], r["rank_label"], r["score"]) for r in person("east").rows(RANKING)}
    assert own < everything


def test_an_evaluator_exports_csv_that_excel_reads_as_chinese(person: People) -> None:
    status, body = person("judge").csv(RANKING)
    assert status == 200
    assert body.startswith(b"\xef\xbb\xbf")


def test_files_taken_are_logged_and_charts_drawn_are_not(screens: Screens, person: People) -> None:
    """A row of the log per chart drawn made every answer out of the cache wait for the disk."""
    assert person("lead").rows(RANKING)
    assert person("judge").csv(RANKING)[0] == 200
    with closing(sqlite3.connect(screens.home / "superset" / "superset.db")) as metadata:
        logged = metadata.execute("select json from logs where action like 'ChartDataRestApi%'").fetchall()
    assert logged
    assert all(json.loads(row)["result_format"] == "csv" for (row,) in logged)


RANKS = "select * from mart_ranks"


@pytest.mark.parametrize("name", ["lead", "east", "judge", "mayor"])
def test_only_the_data_team_may_write_sql(person: People, name: str) -> None:
    for database in (*person("data").databases().values(), *person("agency").databases().values()):
        assert person(name).select(RANKS, database)[0] in (401, 403, 404)


@pytest.mark.parametrize(("name", "city", "other"), [("data", "demo", "agency"), ("agency", "baltimore", "data")])
def test_the_data_team_reaches_its_own_city_alone(person: People, name: str, city: str, other: str) -> None:
    (database,) = person(name).databases().items()
    (foreign,) = person(other).databases().values()
    assert database[0] == f"cityeval {city}"
    status, body = person(name).select(RANKS, database[1])
    assert status == 200, body[:300]
    status, body = person(name).select(RANKS, foreign)
    assert status >= 400
    assert "data" not in json.loads(body)


OUTSIDE = ["select * from read_text('/etc/passwd')", "create table x as select 1", "attach ':memory:'"]


@pytest.mark.parametrize("sql", OUTSIDE)
def test_sql_cannot_leave_the_release(person: People, sql: str) -> None:
    (database,) = person("data").databases().values()
    status, body = person("data").select(sql, database)
    assert status >= 400, body[:300]


PAGES = ["总览", "排名", "单位画像", "热线", "数字城管", "环卫市场化", "满意度", "数据质量"]
PAGE_FILES = [
    yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in sorted((REPO / "dashboards" / "assets" / "pages").glob("*.yaml"))
]
MAY_BE_EMPTY = tuple(
    title
    for page in PAGE_FILES
    for row in page["rows"]
    for chart in row
    if chart.get("optional")
    for title in chart["title"]
)
ENGLISH = ["Overview", "Ranking", "Unit profile", "Hotline", "Urban management", "Data quality"]


def _real(faults: list[str]) -> list[str]:
    """A month without a case that cost points is good news, not a fault; an error is one everywhere."""
    return [fault for fault in faults if "rror" in fault or not fault.startswith(MAY_BE_EMPTY)]


@pytest.mark.parametrize(
    ("name", "city", "titles", "said"),
    [
        ("lead", "demo", PAGES, "合成数据"),
        ("east", "demo", PAGES[:4], "区级考核"),
        ("judge", "demo", PAGES[:1], "合成数据"),
        ("mayor", "baltimore", ENGLISH, "Baltimore 311 service requests"),
    ],
)
def test_every_chart_draws(reader: Readers, name: str, city: str, titles: list[str], said: str) -> None:
    person = reader(name)
    assert person.open(city) == (PAGES if city == "demo" else ENGLISH)
    assert said in person.page.locator(".header-with-actions, .dashboard-header").first.inner_text()
    program_says = "筛选条件" if city == "demo" else "Filters and controls"
    assert person.page.get_by_text(program_says, exact=True).first.is_visible()
    faults = []
    for number, title in enumerate(titles, start=1):
        faults += _real(person.show(title))
        person.keep(KEPT / f"{name}_{number}.png")
    assert faults == []
    assert person.outside == set()


def test_a_district_leader_finds_rows_on_the_other_pages_too(person: People) -> None:
    """Departments and contractors are the whole city's: the charts that hold nothing else are not on these pages."""
    east, charts = person("east"), person("east").charts("demo-district")
    drawn = {chart["title"][0] for page in PAGE_FILES[:4] for row in page["rows"] for chart in row}
    empty = [title for title, chart in charts.items() if title not in drawn and not east.data(chart["id"])]
    assert [title for title in empty if not title.startswith(MAY_BE_EMPTY)] == []
    of_the_city = "本月应付服务费（按得分档次）"
    assert of_the_city in person("lead").charts()
    assert of_the_city not in charts


PHONE = {
    "viewport": {"width": 390, "height": 844},
    "user_agent": "Mozilla/5.0 (Linux; Android 14) Mobile",
    "is_mobile": True,
}


def test_overview_and_ranking_fit_a_telephone(reader: Readers, window: Browser, screens: Screens) -> None:
    """The login is that of a page that is open already."""
    known = reader("lead").page.context.storage_state()
    context = window.new_context(storage_state=known, locale="zh-CN", **PHONE)
    try:
        phone = Reader(context.new_page(), screens.base)
        phone.page.set_default_timeout(WAIT)
        assert phone.open("demo") == PAGES[:2]
        assert "demo-phone" in phone.page.url
        for number, title in enumerate(PAGES[:2], start=1):
            assert _real(phone.show(title)) == []
            phone.keep(KEPT / f"phone_{number}.png")
            assert phone.page.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [390, 390]
    finally:
        context.close()


def test_the_overview_fits_a_wall_screen_and_paper_and_is_the_readmes_picture(reader: Readers) -> None:
    """`make picture` copies the picture to docs/images."""
    person = reader("lead")
    person.open("demo")
    assert person.settle(width=1920) == []
    person.keep(KEPT / "wall.png")
    assert person.page.evaluate("document.documentElement.scrollWidth") == 1920
    person.page.emulate_media(media="print")
    assert not person.page.locator('[data-test="dashboard-filters-panel"]').is_visible()
    assert person.page.get_by_text("按期结案率", exact=True).first.is_visible()
    person.keep(KEPT / "print.png")
    person.page.emulate_media(media="screen")
    person.page.set_viewport_size({"width": 1366, "height": 768})
    person.open("demo", bare=True)
    assert person.settle() == []
    person.keep(KEPT / "overview.png")
    shown = REPO / "docs" / "images" / "overview.png"
    assert str(shown.relative_to(REPO)) in (REPO / "README.md").read_text("utf-8").split("\n## ")[0]
    assert shown.stat().st_size > 50_000


def test_an_open_page_shows_a_new_release_by_itself(screens: Screens, reader: Readers, person: People) -> None:
    """The clock of the page is put forward by the minute after which it asks again."""
    before = person("lead").rows(BADGE)[0]["release"]
    page = reader("lead").page.context.new_page()
    page.clock.install()
    wall = Reader(page, screens.base)
    wall.open("demo")
    wall.settle()
    assert page.get_by_text(before).count() == 1
    now = make_release(city_home("demo", screens.home)).release_id
    page.clock.fast_forward(61_000)
    page.get_by_text(now).wait_for(timeout=30_000)
    assert person("lead").rows(BADGE)[0]["release"] == now
    page.close()


def test_the_picture_for_the_bulletin_is_one_sheet(screens: Screens, tmp_path: Path) -> None:
    out = tmp_path / "overview.pdf"
    here = ("--home", screens.home, "--bind", screens.base.removeprefix("http://"))
    program("dashboards", "picture", "--city", screens.folders[0], "--period", "2026-09", "--out", out, *here)
    document = out.read_bytes()
    assert document.startswith(b"%PDF")
    assert b"/Type /Pages\n/Count 1\n" in document
    later = program(
        "dashboards", "picture", "--city", screens.folders[0], "--period", "2027-01", "--out", out, *here, expect=2
    )
    assert "has no complete month 2027-01" in later.stderr


def test_a_chart_changed_by_hand_is_kept_and_comes_back_into_a_file(
    screens: Screens, person: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The data team gives a chart another title and other parameters over the API, as saving it in the browser does."""
    monkeypatch.setenv("CITYEVAL_DASHBOARD_EDITS", str(tmp_path / "edits"))
    chart = person("data").charts()["名次变动，由大到小"]
    params = {**chart["form_data"], "table_timestamp_format": "%Y", "page_length": 5}
    change = {"slice_name": "变动", "params": json.dumps(params)}
    assert person("data").ask(f"/api/v1/chart/{chart['id']}", change, method="PUT")[0] == 200

    def dashboards(command: str, expect: int) -> str:
        done = program("dashboards", command, *screens.options(), expect=expect)
        return done.stdout + done.stderr

    (screens.home / "superset" / "assets.stamp").unlink()  # as after a change of the files
    assert "changed by hand and kept; nothing was imported: 变动" in dashboards("bootstrap", 1)
    dashboards("export", 0)
    file = tmp_path / "edits" / "demo" / "movers.yaml"
    assert file.read_text("utf-8") == "params:\n  page_length: 5\n  table_timestamp_format: '%Y'\ntitle: 变动\n"
    assert "imported" in dashboards("bootstrap", 0)
    assert json.loads(person("lead").ask(f"/api/v1/chart/{chart['id']}")[1])["result"]["slice_name"] == "变动"


def test_the_folder_of_the_dashboards_holds_nobody(screens: Screens) -> None:
    """Its database and the answers that it keeps; people are known by the names that they log in with."""
    folder = screens.home / "superset"
    assert "east" in text_of(folder / "superset.db")
    assert any(path.relative_to(folder).parts[0] == "cache" for path in files_of(folder))
    assert found_in(folder) == {}
