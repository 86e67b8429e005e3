"""Superset set up for a small synthetic city in a temporary home, with one person per role, behind a free port."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.screens import ENVIRONMENT
from tests.browser.reader import CHROMIUM
from tests.integration.conftest import program, small_folder

PEOPLE = ("lead:leader:demo", "east:district_leader:demo/D1", "judge:evaluator:demo", "data:data_team:demo")


@dataclass(frozen=True)
class Screens:
    """A running server: its address, the passwords of PEOPLE and the home it reads."""

    base: str
    passwords: dict[str, str]
    home: Path


@pytest.fixture(scope="session")
def screens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screens]:
    if not (ENVIRONMENT / "bin" / "gunicorn").exists():
        pytest.skip("the environment of the dashboards is absent: make dashboards")
    if not CHROMIUM.exists():
        pytest.skip("no chromium: apt-get install chromium fonts-noto-cjk")
    base = tmp_path_factory.mktemp("screens")
    home = base / "home"
    folder = small_folder(base / "demo", cases=12000)
    program("run", "--city", folder, "--home", home)
    said = program("dashboards", "bootstrap", "--city", folder, "--home", home).stderr
    assert "password (shown once" in said
    made = program("dashboards", "user", *PEOPLE, "--home", home).stdout
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    call = [str(Path(sys.executable).parent / "cityeval"), "dashboards", "up"]
    server = subprocess.Popen([*call, "--city", str(folder), "--home", str(home), "--bind", address])
    try:
        _wait(f"http://{address}/login/")
        yield Screens(f"http://{address}", json.loads(made.splitlines()[-1]), home)
    finally:
        server.terminate()
        server.wait(40)


def _wait(url: str) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=10):  # noqa: S310 our own
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"{url} does not answer")
