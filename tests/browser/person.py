"""One person at the API: a real login, then questions."""

from __future__ import annotations

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any


class Person:
    """One logged-in session. ``ask`` returns status and body."""

    def __init__(self, base: str, name: str = "", password: str = "") -> None:
        self.cookies = http.cookiejar.CookieJar()
        self.base, self.token = base, ""
        self.web = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        if name:
            page = self.ask("/login/")[1].decode()
            found = re.search(r'csrf_token[^>]*?value=\\?"([^"\\]+)|csrf_token&#34;: ?&#34;([^&]+)', page)
            token = next(group for group in found.groups() if group) if found else ""
            form = {"username": name, "password": password, "csrf_token": token}
            self.ask("/login/", urllib.parse.urlencode(form).encode())
            self.token = json.loads(self.ask("/api/v1/security/csrf_token/")[1])["result"]

    def ask(
        self, path: str, body: bytes | dict[str, Any] | None = None, method: str | None = None
    ) -> tuple[int, bytes]:
        headers = {"X-CSRFToken": self.token, "Referer": self.base}
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        try:
            request = urllib.request.Request(self.base + path, body, headers, method=method)  # noqa: S310 our own server
            with self.web.open(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def charts(self, dashboard: str = "demo") -> dict[str, dict[str, Any]]:
        found = json.loads(self.ask(f"/api/v1/dashboard/{dashboard}/charts")[1])["result"]
        return {chart["slice_name"]: chart for chart in found}

    def databases(self) -> dict[str, int]:
        """Name → number of the databases that SQL Lab offers."""
        found = json.loads(self.ask("/api/v1/database/")[1]).get("result", [])
        return {database["database_name"]: database["id"] for database in found}

    def select(self, sql: str, database: int) -> tuple[int, bytes]:
        """What SQL Lab answers."""
        query = {"database_id": database, "sql": sql, "runAsync": False, "schema": "main"}
        return self.ask("/api/v1/sqllab/execute/", query)

    def rows(self, title: str) -> list[dict[str, Any]]:
        return self.data(self.charts()[title]["id"])

    def data(self, chart: int) -> list[dict[str, Any]]:
        status, body = self.ask(f"/api/v1/chart/{chart}/data/")
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
