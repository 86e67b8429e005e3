"""One small synthetic city, run once for all tests; those that change it work on a copy of its home."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from pipelines.settings import REPO, CityHome, city_home

PROGRAM = Path(sys.executable).parent / "cityeval"


def program(*arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """The program as its user calls it, in a process of its own."""
    call = [str(PROGRAM), *(str(argument) for argument in arguments)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=400, check=False)
    return _as_expected(done, expect)


def cityeval(*arguments: str | Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """The same within this process: starting Python, dbt and Great Expectations takes longer than most commands."""
    from pipelines import cli  # noqa: PLC0415 only where a command is given

    call = ["cityeval", *(str(argument) for argument in arguments)]
    said, printed, argv, code = io.StringIO(), io.StringIO(), sys.argv, 0
    sys.argv = call
    try:
        with redirect_stderr(said), redirect_stdout(printed):
            cli.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    finally:
        sys.argv = argv
    return _as_expected(subprocess.CompletedProcess(call, code, printed.getvalue(), said.getvalue()), expect)


def _as_expected(done: subprocess.CompletedProcess[str], expect: int) -> subprocess.CompletedProcess[str]:
    assert done.returncode == expect, (
        f"{' '.join(done.args)}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )
    return done


@dataclass(frozen=True)
class SmallCity:
    """The demo city with 3,000 cases: its folder, home and what the run that made it said."""

    folder: Path
    home: Path
    said: str

    @property
    def folders(self) -> CityHome:
        return city_home("demo", self.home)

    def copy(self, target: Path) -> SmallCity:
        """A home of its own, which may be changed; the folder is the same."""
        shutil.copytree(self.home, target, symlinks=True)
        return SmallCity(self.folder, target, self.said)


def small_folder(target: Path, cases: int = 3000) -> Path:
    """A copy of the demo city's folder that keeps the tests quick: fewer cases, its last six months, no weeks."""
    shutil.copytree(REPO / "cities" / "demo", target)
    for name, change in (
        ("generator.yaml", {"cases": cases}),
        ("city.yaml", {"periods": ["month", "quarter", "year"], "evaluates_from": "2026-05-01"}),
    ):
        path = target / name
        document = yaml.safe_load(path.read_text(encoding="utf-8")) | change
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return target


@pytest.fixture(scope="session")
def small_city(tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    """Made by whichever of the parallel processes comes first; each reads a copy of its own."""
    mine = tmp_path_factory.mktemp("small")
    shared = tmp_path_factory.getbasetemp().parent if os.environ.get("PYTEST_XDIST_WORKER") else mine
    folder, home, said = shared / "small-folder", shared / "small-home", shared / "small-said.txt"
    with FileLock(shared / "small.lock"):
        if not said.exists():
            small_folder(folder)
            said.write_text(cityeval("run", "--city", folder, "--home", home).stderr, encoding="utf-8")
    return SmallCity(folder, home, said.read_text(encoding="utf-8")).copy(mine / "home")
