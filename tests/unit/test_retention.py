"""Landing forgets after the set number of days, and not before."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pipelines.ingest.retention import expire_landing
from pipelines.settings import CityHome


def test_only_old_deliveries_leave_landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYEVAL_LANDING_DAYS", "30")
    home = CityHome(tmp_path)
    for name, days in (("old", 31), ("young", 29)):
        folder = home.landing / name
        folder.mkdir(parents=True)
        (folder / "file.csv").write_text("x", encoding="utf-8")
        moment = time.time() - days * 86_400
        os.utime(folder, (moment, moment))
    assert expire_landing(home) == ["old"]
    assert [p.name for p in home.landing.iterdir()] == ["young"]


def test_a_home_without_landing_has_nothing_to_forget(tmp_path: Path) -> None:
    assert expire_landing(CityHome(tmp_path)) == []
