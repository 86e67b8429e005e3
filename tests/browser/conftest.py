"""Superset set up for a small synthetic city in a temporary home, with one person per role, behind a free port.

One server and one browser serve all tests of this folder, and end with it; each person logs in once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser

from pipelines.screens import ENVIRONMENT, people, served
from pipelines.screens.reader import CHROMIUM, Reader, chromium
from tests.browser.person import Person
from tests.integration.conftest import program, small_folder

PEOPLE = ("lead:leader:demo", "east:district_leader:demo/D1", "judge:evaluator:demo", "data:data_team:demo")


@dataclass(frozen=True)
class Screens:
    """A running server: its address, the passwords of PEOPLE, the city's folder and the home it reads."""

    base: str
    passwords: dict[str, str]
    folder: Path
    home: Path


@pytest.fixture(scope="package")
def screens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screens]:
    if not (ENVIRONMENT / "bin" / "gunicorn").exists():
        pytest.skip("the environment of the dashboards is absent: make dashboards")
    if not CHROMIUM.exists():
        pytest.skip("no chromium: apt-get install chromium fonts-noto-cjk")
    base = tmp_path_factory.mktemp("screens")
    home = base / "home"
    folder = small_folder(base / "demo", cases=4000)
    _begin(folder, date(2026, 7, 1))
    program("run", "--city", folder, "--home", home)
    said = program("dashboards", "bootstrap", "--city", folder, "--home", home).stderr
    assert "password (shown once" in said
    passwords = people(home, PEOPLE)
    with served(home) as address:
        yield Screens(address, passwords, folder, home)


def _begin(folder: Path, day: date) -> None:
    """Four months are enough to look at; each month of extracts costs seconds."""
    path = folder / "city.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8")) | {"evaluates_from": day}
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")


@pytest.fixture(scope="package")
def person(screens: Screens) -> Callable[[str], Person]:
    """By name, logged in at the API; "" is a stranger."""
    return cache(lambda name: Person(screens.base, name, screens.passwords.get(name, "")))


@pytest.fixture(scope="package")
def window() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def readers(screens: Screens, window: Browser) -> Callable[[str], Reader]:
    """By name, logged in at the browser once for all tests."""
    return cache(lambda name: Reader.log_in(window, screens.base, name, screens.passwords[name]))


@pytest.fixture
def reader(readers: Callable[[str], Reader]) -> Iterator[Callable[[str], Reader]]:
    """By name, for one test: pages that stay open would draw, and ask the server, during all later tests."""
    used: set[str] = set()

    def take(name: str) -> Reader:
        used.add(name)
        return readers(name)

    yield take
    for name in used:
        readers(name).rest()
