"""The guide of a new city: each of its commands is run, in order, and a first run works with the draft."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from pipelines.settings import REPO
from tests.integration.conftest import PROGRAM

GUIDES = [REPO / "docs" / "guide" / name for name in ("new-city.md", "new-city.zh-CN.md")]


def commands(guide: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("cityeval ")]


def test_both_guides_give_the_same_commands() -> None:
    assert commands(GUIDES[0]) == commands(GUIDES[1])


def test_every_command_of_the_guide_works(tmp_path: Path) -> None:
    (tmp_path / "cities").symlink_to(REPO / "cities")
    environment = os.environ | {"CITYEVAL_HOME": str(tmp_path / "home")}
    said = ""
    for command in commands(GUIDES[0]):
        call = [str(PROGRAM), *shlex.split(command)[1:]]
        done = subprocess.run(
            call, capture_output=True, text=True, timeout=400, check=False, cwd=tmp_path, env=environment
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}"
        said += done.stdout + done.stderr
    # 1,714 records below a header: `zcat … | wc -l` counts 1,715 lines
    assert "1 sources, 0 schemes: all right" in said
    assert "baltimore_311_sample.csv.gz: 1,714 rows, 1,714 accepted" in said
    if not list((tmp_path / "home").rglob("*.duckdb")):
        pytest.fail("the run made no warehouse")
