"""People at the dashboards while a release is published: ``python bench/load.py --bind 127.0.0.1:8088 [--users 20]``.

Each user has a session of their own, turns to a page, asks for the data of all its charts as the browser does, with the
month they chose, reads for some seconds and turns to the next. Halfway a new release is made. Printed: queries, failed,
milliseconds (median, 95 of 100, longest) of answers out of the cache (warm) and of computed ones (cold), seconds until
the new release was first seen, and the machine. Exit code 1 where a query failed, a table mixed releases, or the old
release was still seen ten seconds after the new one was there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from pipelines.screens import people

ROLE = "evaluator"
PUBLISH = """
import sys; from pathlib import Path
from pipelines.settings import city_home; from pipelines.warehouse.release import make_release
print(make_release(city_home(sys.argv[1], Path(sys.argv[2]))).release_id)
"""


@dataclass
class Answer:
    """One answered query: when it was asked (seconds since the start), how long it took, what came."""

    asked: float
    seconds: float
    status: int
    is_cached: bool
    releases: frozenset[str]
    text: str


@dataclass
class User:
    """A session. ``pages`` holds, page by page, each chart's query."""

    base: str
    name: str
    password: str
    web: requests.Session = field(default_factory=requests.Session)

    def log_in(self) -> None:
        page = self.web.get(f"{self.base}/login/", timeout=60).text
        token = re.search(r'csrf_token[^>]*?value=\\?"([^"\\]+)|csrf_token&#34;: ?&#34;([^&]+)', page)
        assert token, "the login page holds no token"
        form = {"username": self.name, "password": self.password, "csrf_token": token[1] or token[2]}
        self.web.post(f"{self.base}/login/", form, timeout=60)
        answer = self.web.get(f"{self.base}/api/v1/security/csrf_token/", timeout=60)
        self.web.headers.update({"X-CSRFToken": answer.json()["result"], "Referer": self.base})

    def get(self, path: str) -> Any:
        return self.web.get(f"{self.base}{path}", timeout=60).json()["result"]

    def ask(self, query: dict[str, Any], start: float) -> Answer:
        asked = time.perf_counter()
        try:
            answer = self.web.post(f"{self.base}/api/v1/chart/data", json=query, timeout=60)
        except requests.RequestException as error:
            return Answer(asked - start, time.perf_counter() - asked, 0, False, frozenset(), str(error)[:300])
        seconds = time.perf_counter() - asked
        if answer.status_code != 200:
            return Answer(asked - start, seconds, answer.status_code, False, frozenset(), answer.text[:300])
        result = answer.json()["result"][0]
        releases = frozenset(row["release"] for row in result["data"] if "release" in row)
        fault = str(result.get("error") or "")
        return Answer(asked - start, seconds, 500 if fault else 200, bool(result["is_cached"]), releases, fault)


def pages_of(user: User, city: str) -> dict[str, list[tuple[dict[str, Any], bool]]]:
    """Page → (query, whether the month acts on it) of each of its charts."""
    dashboard = user.get(f"/api/v1/dashboard/{city}")
    position, metadata = json.loads(dashboard["position_json"]), json.loads(dashboard["json_metadata"])
    month = next(f for f in metadata["native_filter_configuration"] if f["id"].endswith("month"))
    pages: dict[str, list[tuple[dict[str, Any], bool]]] = {}
    for node in position.values():
        if isinstance(node, dict) and node.get("type") == "CHART":
            chart = node["meta"]["chartId"]
            tab = next(parent for parent in node["parents"] if parent.startswith("TAB-"))
            query = json.loads(user.get(f"/api/v1/chart/{chart}")["query_context"])
            pages.setdefault(tab, []).append((query, chart not in month["scope"]["excluded"]))
    return pages


def asked_for(query: dict[str, Any], month: str | None) -> dict[str, Any]:
    """The query with the chosen month, as the page sends it."""
    if month is None:
        return query
    chosen = {"col": "period", "op": "IN", "val": [month]}
    return {**query, "queries": [{**q, "filters": [*q["filters"], chosen]} for q in query["queries"]]}


def click(user: User, pages: Any, months: list[str], pause: float, start: float, until: float, told: list) -> None:
    chance = random.Random(id(user))  # noqa: S311 clicks, not secrets
    while time.perf_counter() - start < until:
        month = chance.choice(months)
        for query, is_monthly in pages[chance.choice(sorted(pages))]:
            told.append(user.ask(asked_for(query, month if is_monthly else None), start))
        time.sleep(chance.uniform(0.5, 1.5) * pause)


def milliseconds(answers: list[Answer]) -> str:
    if len(answers) < 2:
        return f"{len(answers)} queries"
    took = sorted(1000 * a.seconds for a in answers)
    p95 = statistics.quantiles(took, n=20)[-1]
    return f"{len(took)} queries, median {statistics.median(took):.0f} ms, p95 {p95:.0f} ms, longest {took[-1]:.0f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bind", default="127.0.0.1:8088")
    parser.add_argument("--city", default="demo")
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("CITYEVAL_HOME", "var")))
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=4, help="seconds a user reads, on average")
    given = parser.parse_args()
    name = f"load-{given.city}"
    password = people(given.home, [f"{name}:{ROLE}:{given.city}"], new_password=True)[name]
    users = [User(f"http://{given.bind}", name, password) for _ in range(given.users)]
    for user in users:
        user.log_in()
    pages = pages_of(users[0], given.city)
    badge = next(query for query, _ in pages["TAB-overview"] if "release" in query["queries"][0]["columns"])
    rows = users[0].web.post(f"{users[0].base}/api/v1/chart/data", json=badge, timeout=60).json()["result"][0]["data"]
    months = sorted((row["period"] for row in rows), reverse=True)[:3]
    for month in months:  # warm: what was asked for once
        for page in pages.values():
            for query, is_monthly in page:
                users[0].ask(asked_for(query, month if is_monthly else None), time.perf_counter())
    busy = os.getloadavg()[0]
    told: list[Answer] = []
    start = time.perf_counter()
    threads = [
        threading.Thread(target=click, args=(user, pages, months, given.pause, start, given.seconds, told))
        for user in users
    ]
    for thread in threads:
        thread.start()
    time.sleep(given.seconds / 2)
    call = [sys.executable, "-c", PUBLISH, given.city, str(given.home)]
    made = subprocess.run(call, capture_output=True, text=True, check=True).stdout.split()[-1]
    there = time.perf_counter() - start
    for thread in threads:
        thread.join()
    failed = [a for a in told if a.status != 200]
    mixed = [a for a in told if len(a.releases) > 1]
    stale = [a for a in told if a.releases and made not in a.releases and a.asked > there + 10]
    seen = [a.asked + a.seconds for a in told if made in a.releases]
    print(f"{given.users} users, {given.seconds:.0f} s, {len(told)} queries, {len(failed)} failed, {len(mixed)} mixed")
    print(f"warm (out of the cache): {milliseconds([a for a in told if a.is_cached])}")
    print(f"cold (computed):         {milliseconds([a for a in told if a.status == 200 and not a.is_cached])}")
    print(f"release {made} was there after {there:.1f} s, first seen {min(seen, default=0) - there:+.1f} s later")
    memory = psutil.virtual_memory().total / 2**30
    print(f"machine: {os.cpu_count()} cores, {memory:.0f} GB; load average before {busy:.1f}, the clicks run on it too")
    for answer in failed[:5]:
        print(f"  failed: {answer.status} {answer.text}")
    return 1 if failed or mixed or stale else 0


if __name__ == "__main__":
    sys.exit(main())
