"""A run killed at any moment leaves the last good release, and the next run finishes the work."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import polars as pl

from pipelines.warehouse import read_release
from tests.integration.conftest import PROGRAM, SmallCity, cityeval

FIGURES = "select * from mart_ranks union all by name select * from mart_ranks where false order by all"


def test_killed_runs_leave_the_last_good_release(small_city: SmallCity, tmp_path: Path) -> None:
    city = small_city.copy(tmp_path / "home")
    folder, home, folders = city.folder, city.home, city.folders
    good = read_release(folders, FIGURES)
    assert good.height > 100
    moments = random.Random(20261125)  # noqa: S311 the moments only have to be spread, and the same every time
    for _ in range(3):
        folders.warehouse.unlink(missing_ok=True)
        run = subprocess.Popen(
            [str(PROGRAM), "run", "--city", str(folder), "--home", str(home)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(moments.uniform(2, 16))
        run.send_signal(signal.SIGKILL)
        run.wait()
        after: pl.DataFrame = read_release(folders, FIGURES)
        assert after.equals(good)
    done = cityeval("run", "--city", folder, "--home", home)
    assert "new publications: 0" in done.stderr
    assert read_release(folders, FIGURES).equals(good)
    assert not list(folders.serving.glob("releases/.tmp-*"))


def test_two_runs_at_once_wait_for_each_other(small_city: SmallCity, tmp_path: Path) -> None:
    city = small_city.copy(tmp_path / "home")
    calls = [str(PROGRAM), "run", "--city", str(city.folder), "--home", str(city.home)]
    both = [subprocess.Popen(calls, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    messages = [run.communicate(timeout=300)[1] for run in both]
    assert [run.returncode for run in both] == [0, 0]
    assert sum("waiting for it to finish" in " ".join(m.split()) for m in messages) == 1
