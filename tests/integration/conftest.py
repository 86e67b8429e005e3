"""One small synthetic city, run once, shared by the tests that only read it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from pipelines.settings import REPO, CityHome, city_home

PROGRAM = Path(sys.executable).parent / "cityeval"


def cityeval(*arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """The program as its user calls it."""
    call = [str(PROGRAM), *(str(argument) for argument in arguments)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == expect, (
        f"{' '.join(call)}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )
    return done


@dataclass(frozen=True)
class SmallCity:
    """The demo city with 3,000 cases: its folder, home and the run that made it."""

    folder: Path
    home: Path
    run: subprocess.CompletedProcess[str]

    @property
    def folders(self) -> CityHome:
        return city_home("demo", self.home)


def small_folder(target: Path, cases: int = 3000) -> Path:
    """A copy of the demo city's folder with fewer cases, and only months and quarters to keep the tests quick."""
    shutil.copytree(REPO / "cities" / "demo", target)
    for name, change in (
        ("generator.yaml", {"cases": cases}),
        ("city.yaml", {"periods": ["month", "quarter", "year"]}),
    ):
        path = target / name
        document = yaml.safe_load(path.read_text(encoding="utf-8")) | change
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return target


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    base = tmp_path_factory.mktemp("small")
    folder = small_folder(base / "folder")
    return SmallCity(folder, base / "home", cityeval("run", "--city", folder, "--home", base / "home"))
