"""What each role may see and do, asked over the API with real logins."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

from tests.browser.conftest import Screens


class Person:
    """One logged-in session. ``ask`` returns status and body."""

    def __init__(self, screens: Screens, name: str = "") -> None:
        jar = http.cookiejar.CookieJar()
        self.base, self.token = screens.base, ""
        self.web = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        if name:
            page = self.ask("/login/")[1].decode()
            found = re.search(r'csrf_token[^>]*?value=\\?"([^"\\]+)|csrf_token&#34;: ?&#34;([^&]+)', page)
            token = next(group for group in found.groups() if group) if found else ""
            form = {"username": name, "password": screens.passwords[name], "csrf_token": token}
            self.ask("/login/", urllib.parse.urlencode(form).encode())
            self.token = json.loads(self.ask("/api/v1/security/csrf_token/")[1])["result"]

    def ask(self, path: str, body: bytes | dict[str, Any] | None = None) -> tuple[int, bytes]:
        headers = {"X-CSRFToken": self.token, "Referer": self.base}
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            request = urllib.request.Request(self.base + path, body, headers)  # noqa: S310 our own server
            with self.web.open(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def charts(self) -> dict[str, dict[str, Any]]:
        found = json.loads(self.ask("/api/v1/dashboard/demo/charts")[1])["result"]
        return {chart["slice_name"]: chart for chart in found}

    def rows(self, title: str) -> list[dict[str, Any]]:
        status, body = self.ask(f"/api/v1/chart/{self.charts()[title]['id']}/data/")
        assert status == 200, body[:400]
        return list(json.loads(body)["result"][0]["data"])

    def csv(self, title: str) -> tuple[int, bytes]:
        context = self.charts()[title]["form_data"]
        query = {"columns": ["unit_name", "score"], "metrics": None, "row_limit": 5, "filters": []}
        kind = {"id": int(context["datasource"].split("__")[0]), "type": "table"}
        return self.ask(
            "/api/v1/chart/data",
            {"datasource": kind, "queries": [query], "result_format": "csv", "result_type": "full", "force": False},
        )


RANKING = "本月排名：同分并列，未排名者注明原因"
CASES = "失分案件清单（可逐件核对）"


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
