"""Fetching from a local server that fails in the usual ways. What should come out is told by the server's own rows."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from pipelines.city.models import Source
from pipelines.errors import DataError, UsageError
from pipelines.fetch import Fetched, fetch_source
from pipelines.settings import CityHome

NOW = datetime(2026, 3, 1, 4, 0)
ROWS = [{"id": str(n), "updated_at": f"2026-02-{1 + n // 10:02d}T00:{n % 60:02d}:00"} for n in range(25)]
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Server:
    """``answer(query, number of the call)`` says what comes; a body shorter than its Content-Length breaks the line."""

    url: str = ""
    answer: Callable[[dict[str, str], int, dict[str, str]], Answer] = lambda q, n, h: (200, {}, b"[]")
    asked: list[dict[str, str]] = field(default_factory=list)
    after: Callable[[], object] = lambda: None  # before the line is closed


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
            made.asked.append(query)
            status, headers, body = made.answer(query, len(made.asked), dict(self.headers))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
            made.after()

        def log_message(self, *_: object) -> None:
            return

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()
    made.url = f"http://127.0.0.1:{httpd.server_address[1]}/data"
    yield made
    httpd.shutdown()
    httpd.server_close()


def source(server: Server, **fetch: Any) -> Source:
    paged = {"kind": "pages", "pages": {"offset": "$offset", "limit": "$limit", "size": 10}, "file": "calls_{at}.jsonl"}
    return Source.model_validate(
        {
            "source": "calls",
            "title": {"zh": "热线", "en": "Calls"},
            "contract": "cases",
            "files": "*",
            "columns": {"case_id": "id"},
            "fetch": {**(paged if fetch.get("kind", "pages") == "pages" else {}), "url": server.url, **fetch},
        }
    )


def fetched(server: Server, home: Path, pauses: list[float] | None = None, **fetch: Any) -> Fetched:
    noted = [] if pauses is None else pauses
    return fetch_source(source(server, **fetch), CityHome(home), say=lambda _: None, now=NOW, pause=noted.append)


def page(rows: list[dict[str, str]], query: dict[str, str]) -> Answer:
    start = int(query["$offset"])
    return 200, {}, json.dumps(rows[start : start + int(query["$limit"])]).encode()


def ids(done: Fetched) -> list[str]:
    assert done.file is not None
    return [json.loads(line)["id"] for line in done.file.read_text(encoding="utf-8").splitlines()]


def test_pages_are_put_together_into_one_file_of_the_inbox(server: Server, tmp_path: Path) -> None:
    server.answer = lambda q, n, h: page(ROWS, q)
    done = fetched(server, tmp_path)
    assert done.file == tmp_path / "inbox" / "calls" / "calls_20260301040000.jsonl"
    assert ids(done) == [row["id"] for row in ROWS]
    assert done.rows == 25


def test_a_server_that_caps_its_pages_loses_no_row(server: Server, tmp_path: Path) -> None:
    server.answer = lambda q, n, h: page(ROWS, {**q, "$limit": "7"})
    assert ids(fetched(server, tmp_path)) == [row["id"] for row in ROWS]


def test_a_busy_server_is_asked_again_after_the_time_it_names(server: Server, tmp_path: Path) -> None:
    pauses: list[float] = []
    errors = {1: (500, {}, b""), 2: (429, {"Retry-After": "30"}, b""), 3: (503, {}, b"")}
    server.answer = lambda q, n, h: errors.get(n) or page(ROWS, q)
    assert ids(fetched(server, tmp_path, pauses)) == [row["id"] for row in ROWS]
    assert pauses == [1, 30, 60]


def test_a_line_that_breaks_within_an_answer_is_asked_again(server: Server, tmp_path: Path) -> None:
    def answer(query: dict[str, str], number: int, _: dict[str, str]) -> Answer:
        status, _, body = page(ROWS, query)
        return status, {"Content-Length": str(len(body))}, body[:20] if number == 2 else body

    server.answer = answer
    assert ids(fetched(server, tmp_path)) == [row["id"] for row in ROWS]


def test_pages_that_came_are_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    server.answer = lambda q, n, h: (500, {}, b"") if n > 2 else page(ROWS, q)
    with pytest.raises(DataError, match="did not answer in 5 tries: the server answered 500"):
        fetched(server, tmp_path)
    assert not (tmp_path / "inbox").exists()
    server.asked.clear()
    server.answer = lambda q, n, h: page(ROWS, q)
    assert ids(fetched(server, tmp_path)) == [row["id"] for row in ROWS]
    assert [q["$offset"] for q in server.asked] == ["20", "25"]


def test_only_what_is_new_is_asked_for_and_the_cursor_never_moves_back(server: Server, tmp_path: Path) -> None:
    since = {"column": "updated_at", "parameter": "$where", "text": "updated_at >= '{since}'", "first": "2026-01-01"}
    server.answer = lambda q, n, h: page(ROWS, q)
    fetched(server, tmp_path, since=since)
    assert server.asked[0]["$where"] == "updated_at >= '2026-01-01'"
    server.asked.clear()
    server.answer = lambda q, n, h: page([{"id": "x", "updated_at": "2020-01-01"}], q)
    fetched(server, tmp_path, since=since)
    assert server.asked[0]["$where"] == "updated_at >= '2026-02-03T00:24:00'"
    server.asked.clear()
    server.answer = lambda q, n, h: page([], q)
    assert fetched(server, tmp_path, since=since).file is None
    assert server.asked[0]["$where"] == "updated_at >= '2026-02-03T00:24:00'"


def test_a_year_that_is_a_slip_of_the_pen_does_not_end_the_fetching(server: Server, tmp_path: Path) -> None:
    since = {"column": "updated_at", "parameter": "$where", "text": "updated_at >= '{since}'", "first": "2026-01-01"}
    typo = [*ROWS, {"id": "typo", "updated_at": "2062-02-03T00:24:00"}]
    server.answer = lambda q, n, h: page(typo, q)
    assert "typo" in ids(fetched(server, tmp_path, since=since))
    server.asked.clear()
    fetched(server, tmp_path, since=since)
    assert server.asked[0]["$where"] == "updated_at >= '2026-02-03T00:24:00'"


def test_rows_that_shift_while_pages_are_turned_come_once(server: Server, tmp_path: Path) -> None:
    """A new row at the head moves the others by one: the last of page 1 stands on page 2 again."""
    shifted = [{"id": "new", "updated_at": "2026-02-09"}, *ROWS]
    server.answer = lambda q, n, h: page(ROWS if n == 1 else shifted, q)
    assert sorted(ids(fetched(server, tmp_path))) == sorted(row["id"] for row in ROWS)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((200, {}, b"<!DOCTYPE html><p>Please log in"), "sent a web page instead of json"),
        ((200, {}, b'[{"id": '), "sent no valid JSON"),
        ((200, {}, b'{"error": true}'), "holds no list of rows"),
        ((404, {}, b""), "answered 404"),
        ((401, {}, b""), "refused the request: 401"),
        ((200, {}, json.dumps(ROWS[:10]).encode()), "page 2 is the same as the page before it"),
    ],
)
def test_an_answer_that_is_no_data_is_named(server: Server, tmp_path: Path, answer: Answer, words: str) -> None:
    server.answer = lambda q, n, h: answer
    with pytest.raises(DataError, match=words):
        fetched(server, tmp_path)
    assert not (tmp_path / "inbox").exists()


def test_limits_stop_what_never_ends(server: Server, tmp_path: Path) -> None:
    server.answer = lambda q, n, h: (200, {}, json.dumps([{"id": f"{n}-{i}"} for i in range(10)]).encode())
    with pytest.raises(DataError, match="more than 3 pages"):
        fetched(server, tmp_path / "a", limits={"pages": 3})
    with pytest.raises(DataError, match="more than 200 bytes"):
        fetched(server, tmp_path / "b", limits={"max_bytes": 200})


def test_a_secret_comes_from_the_environment_only(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []
    server.answer = lambda q, n, h: (seen.append(h.get("X-App-Token")), page(ROWS, q))[1]
    secret = {"secret_headers": {"X-App-Token": "CALLS_TOKEN"}}
    with pytest.raises(UsageError, match="CALLS_TOKEN"):
        fetched(server, tmp_path, **secret)
    monkeypatch.setenv("CALLS_TOKEN", "s3cret")
    fetched(server, tmp_path, **secret)
    assert set(seen) == {"s3cret"}
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and b"s3cret" in p.read_bytes()]


def test_csv_pages_have_one_header(server: Server, tmp_path: Path) -> None:
    def answer(query: dict[str, str], _: int, __: dict[str, str]) -> Answer:
        start = int(query["$offset"])
        lines = ["id,text", *(f'{n},"a, {n}"' for n in range(start, min(start + 10, 15)))]
        return 200, {}, ("\n".join(lines) + "\n").encode("utf-8-sig")

    server.answer = answer
    done = fetched(server, tmp_path, format="csv", file="calls_{at}.csv")
    assert done.file is not None
    lines = done.file.read_text(encoding="utf-8").splitlines()
    assert lines == ["id,text", *(f'{n},"a, {n}"' for n in range(15))]


def test_open311_is_asked_for_window_by_window(server: Server, tmp_path: Path) -> None:
    """20 days in windows of 7: three windows; a request told of twice comes once."""

    def answer(query: dict[str, str], _: int, __: dict[str, str]) -> Answer:
        rows = [{"service_request_id": query["start_date"][8:10]}, {"service_request_id": "same"}]
        return 200, {}, json.dumps(rows if query["page"] == "1" else []).encode()

    server.answer = answer
    spec = {"kind": "open311", "begins": "2026-02-09T04:00:00", "file": "requests_{at}.jsonl"}
    done = fetched(server, tmp_path, **spec)
    windows = [(q["start_date"], q["end_date"]) for q in server.asked if q["page"] == "1"]
    assert windows == [
        ("2026-02-09T04:00:00Z", "2026-02-16T04:00:00Z"),
        ("2026-02-16T04:00:00Z", "2026-02-23T04:00:00Z"),
        ("2026-02-23T04:00:00Z", "2026-03-01T04:00:00Z"),
    ]
    assert done.rows == 4


def test_a_broken_download_goes_on_where_it_broke_off(server: Server, tmp_path: Path) -> None:
    whole = bytes(range(256)) * 40
    ranges: list[str | None] = []

    def answer(_: dict[str, str], number: int, headers: dict[str, str]) -> Answer:
        ranges.append(headers.get("Range"))
        if headers.get("If-None-Match") == '"v1"':
            return 304, {"ETag": '"v1"'}, b""
        if headers.get("Range"):
            start = int(headers["Range"].removeprefix("bytes=").rstrip("-"))
            return 206, {"ETag": '"v1"'}, whole[start:]
        return 200, {"ETag": '"v1"', "Content-Length": str(len(whole))}, whole[:5000]

    server.answer = answer
    spec = {"kind": "file", "file": "export_{at}.csv"}
    done = fetched(server, tmp_path, **spec)
    assert done.file is not None
    assert done.file.read_bytes() == whole
    assert ranges == [None, "bytes=5000-"]
    assert fetched(server, tmp_path, **spec).file is None  # 304: nothing new


def test_a_fetch_that_was_killed_after_the_last_byte_is_finished(server: Server, tmp_path: Path) -> None:
    """Nothing is left to come, so the server says 416; where the length agrees, what is there is the file."""
    whole = b"id\n" + b"1\n" * 500
    work = tmp_path / "landing" / ".fetch-calls"
    ranges: list[str | None] = []

    def answer(_: dict[str, str], __: int, headers: dict[str, str]) -> Answer:
        ranges.append(headers.get("Range"))
        if headers.get("Range"):
            return 416, {"Content-Range": f"bytes */{len(whole)}"}, b""
        return 200, {"ETag": '"v1"'}, whole

    server.answer = answer
    for have, asked in ((whole, [f"bytes={len(whole)}-"]), (whole + b"more", [f"bytes={len(whole) + 4}-", None])):
        work.mkdir(parents=True)
        (work / "download.json").write_text(json.dumps({"tag": '"v1"', "etag": '"v1"'}), encoding="utf-8")
        (work / "download.part").write_bytes(have)
        ranges.clear()
        (tmp_path / "lake" / "fetch" / "calls.json").unlink(missing_ok=True)
        done = fetched(server, tmp_path, kind="file", file="export_{at}.csv")
        assert done.file is not None
        assert done.file.read_bytes() == whole
        assert ranges == asked


def test_a_server_that_never_answers_ends_in_one_clear_line(tmp_path: Path) -> None:
    """It takes the connection and says nothing: the read timeout ends the fetch."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/data"
        began = time.monotonic()
        with pytest.raises(DataError, match=r"/data did not answer in 1 tries: nothing came for 1 s") as caught:
            fetched(Server(address), tmp_path, limits={"answer_seconds": 1, "tries": 1})
        assert time.monotonic() - began < 4
    assert "run again later" in caught.value.remedy


def test_a_server_that_stops_within_an_answer_is_not_waited_for(server: Server, tmp_path: Path) -> None:
    hold = threading.Event()
    server.after = hold.wait
    server.answer = lambda q, n, h: (200, {"Content-Length": "100"}, b"[")
    with pytest.raises(DataError, match="did not answer in 1 tries: the line broke within an answer"):
        fetched(server, tmp_path, limits={"answer_seconds": 1, "tries": 1})
    hold.set()


def test_a_circle_of_redirects_ends(server: Server, tmp_path: Path) -> None:
    server.answer = lambda q, n, h: (302, {"Location": server.url}, b"")
    with pytest.raises(DataError, match="cannot be asked: it sends from one address to the next without end"):
        fetched(server, tmp_path)


def test_a_secret_does_not_follow_a_redirect_to_another_host(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same server under another name is another host."""
    monkeypatch.setenv("CALLS_TOKEN", "s3cret\n")
    seen: list[tuple[str, str | None]] = []
    elsewhere = server.url.replace("127.0.0.1", "localhost")

    def answer(query: dict[str, str], _: int, headers: dict[str, str]) -> Answer:
        seen.append((headers["Host"].split(":")[0], headers.get("X-App-Token")))
        if seen[-1][0] == "127.0.0.1":
            return 302, {"Location": elsewhere}, b""
        return 200, {}, b"[]"

    server.answer = answer
    fetched(server, tmp_path, secret_headers={"X-App-Token": "CALLS_TOKEN"})
    assert seen == [("127.0.0.1", "s3cret"), ("localhost", None)]


GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "fetching.md"


def test_every_example_of_the_guide_is_read(server: Server) -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    kinds = [source(server, **yaml.safe_load(text)["fetch"]).fetch.kind for text in examples]  # type: ignore[union-attr]
    assert kinds == ["pages", "open311", "file"]
