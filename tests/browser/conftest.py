"""Superset set up for two cities in a temporary home, with one person per role, behind a free port: the small synthetic
city, in Chinese, and the sample of Baltimore, in English.

One server and one browser serve all tests of this folder, and end with it; each person logs in once.
"""

from __future__ import annotations

import shutil
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
from pipelines.settings import REPO
from tests.browser.person import Person
from tests.integration.conftest import SmallCity, cityeval, program, small_city  # noqa: F401 a fixture

PEOPLE = (
    "lead:leader:demo",
    "east:district_leader:demo/D1",
    "judge:evaluator:demo",
    "data:data_team:demo",
    "mayor:leader:baltimore",
    "agency:data_team:baltimore",
)


@dataclass(frozen=True)
class Screens:
    """A running server: its address, the passwords of PEOPLE, the cities' folders and the home it reads."""

    base: str
    passwords: dict[str, str]
    folders: tuple[Path, Path]
    home: Path

    def options(self) -> list[str | Path]:
        """Cities and home, as commands take them."""
        return [*(part for folder in self.folders for part in ("--city", folder)), "--home", self.home]


@pytest.fixture(scope="package")
def screens(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screens]:
    if not (ENVIRONMENT / "bin" / "gunicorn").exists():
        pytest.skip("the environment of the dashboards is absent: make dashboards")
    if not CHROMIUM.exists():
        pytest.skip("no chromium: apt-get install chromium fonts-noto-cjk")
    base = tmp_path_factory.mktemp("screens")
    small: SmallCity = request.getfixturevalue("small_city").copy(base / "home")
    other = _baltimore(base / "baltimore")
    cityeval("run", "--city", other, "--home", small.home)
    said = program("dashboards", "bootstrap", "--city", small.folder, "--city", other, "--home", small.home).stderr
    assert "password (shown once" in said
    passwords = people(small.home, PEOPLE)
    with served(small.home) as address:
        yield Screens(address, passwords, (small.folder, other), small.home)


def _baltimore(target: Path) -> Path:
    """A copy of the city's folder that evaluates the last months of its sample."""
    shutil.copytree(REPO / "cities" / "baltimore", target)
    path = target / "city.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document |= {"periods": ["month"], "evaluates_from": date(2018, 7, 1)}
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return target


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
