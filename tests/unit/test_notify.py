"""Notices reach an address, are told once, and give nothing away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pipelines.ingest.feeds import watched
from pipelines.ingest.ledger import read_ledger
from pipelines.notify import Notice, send, tell
from pipelines.settings import CityHome
from tests.unit.conftest import TinyCity, row

SECRET = "geheim123"  # noqa: S105 stands for the password in an address


class Post:
    """A local address that keeps what is sent to it; ``status`` is what it answers."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.status = 200
        post = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                post.messages.append(json.loads(body))
                self.send_response(post.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return None

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://user:{SECRET}@127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    found = Post()
    monkeypatch.setenv("CITYEVAL_NOTIFY_URLS", found.address)
    yield found
    found.server.shutdown()
    found.server.server_close()


NOTICES = [Notice("a", "warn", "hotline: 3 of 10 rows rejected"), Notice("b", "stop", "grid: late")]


def test_a_notice_is_sent_once(post: Post, tiny: TinyCity) -> None:
    assert tell("tiny", tiny.home, NOTICES, tiny.said.append) == NOTICES
    assert tell("tiny", tiny.home, NOTICES, tiny.said.append) == []
    (message,) = post.messages
    assert message["title"] == "cityeval tiny: 2 notice(s)"
    assert message["message"] == "warn: hotline: 3 of 10 rows rejected\nstop: grid: late"
    assert tiny.said == ["warn: hotline: 3 of 10 rows rejected", "stop: grid: late"]


def test_what_went_away_and_came_back_is_told_again(post: Post, tiny: TinyCity) -> None:
    tell("tiny", tiny.home, NOTICES, tiny.said.append)
    tell("tiny", tiny.home, NOTICES[:1], tiny.said.append)
    assert tell("tiny", tiny.home, NOTICES, tiny.said.append) == NOTICES[1:]
    assert len(post.messages) == 2


def test_what_could_not_be_sent_is_tried_again_and_fails_nothing(post: Post, tiny: TinyCity) -> None:
    post.status = 500
    assert tell("tiny", tiny.home, NOTICES, tiny.said.append) == []
    assert "could not be delivered" in tiny.said[-1]
    post.status = 200
    assert tell("tiny", tiny.home, NOTICES, tiny.said.append) == NOTICES


def test_an_address_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("CITYEVAL_NOTIFY_URLS", f"json://u:{SECRET}@127.0.0.1:1/,nonsense-{SECRET}")
    said: list[str] = []
    assert not send("t", "b", said.append)
    out, err = capfd.readouterr()
    assert SECRET not in out + err + caplog.text + "".join(said)
    assert "1 of 2 addresses of CITYEVAL_NOTIFY_URLS cannot be understood" in said[0]


def test_without_an_address_it_is_only_said(monkeypatch: pytest.MonkeyPatch, tiny: TinyCity) -> None:
    monkeypatch.setenv("CITYEVAL_NOTIFY_URLS", "")
    monkeypatch.setenv("CITYEVAL_NOTIFY", "")
    assert tell("tiny", tiny.home, NOTICES, tiny.said.append) == NOTICES
    assert tiny.said == ["warn: hotline: 3 of 10 rows rejected", "stop: grid: late"]


def test_notices_of_the_door_hold_no_value_of_any_row(post: Post, tiny: TinyCity) -> None:
    from datetime import datetime  # noqa: PLC0415

    tiny.source["watch"] = {
        "rejected_share": {"stop": 0.1},
        "unknown_unit_share": {"warn": 0.1},
        "due": {"every": "month", "within_days": 5},
    }
    tiny.land(tiny.write(row(), row(编号="张三", 返工="13812345678a"), row(编号="李四", 单位="王五商店"), name="1.csv"))
    found = watched(tiny.load(), tiny.home, read_ledger(tiny.home.lake), datetime(2026, 12, 7))
    assert {notice.level for notice in found.notices} == {"warn", "stop"}
    tell("tiny", tiny.home, found.notices, tiny.said.append)
    text = post.messages[0]["message"]
    assert "2 of 3 rows rejected" in text
    assert "1 of 3 rows name an unknown unit" in text
    assert "2026-11 was due by 2026-12-05" in text
    for secret in ("13812345678", "张三", "李四", "王五", "138"):
        assert secret not in text


def test_a_damaged_list_of_what_was_told_is_no_error(post: Post, tiny: TinyCity) -> None:
    home = CityHome(tiny.home.root)
    home.root.mkdir(parents=True, exist_ok=True)
    (home.root / "notices.json").write_text("{", encoding="utf-8")
    assert tell("tiny", home, NOTICES, tiny.said.append) == NOTICES
