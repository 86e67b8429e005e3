"""What is asked of the picture for the bulletin is checked before anything is started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.errors import UsageError
from pipelines.screens.picture import check_wish


def test_only_png_and_pdf_are_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"overview\.jpg: pictures are made as \.png or \.pdf"):
        check_wish("demo", "2026-10", tmp_path / "overview.jpg", tmp_path)


def test_a_city_must_be_on_the_dashboards(tmp_path: Path) -> None:
    (tmp_path / "superset").mkdir()
    (tmp_path / "superset" / "cities.json").write_text(json.dumps([{"name": "demo"}]))
    with pytest.raises(UsageError, match="baltimore is not on the dashboards") as raised:
        check_wish("baltimore", "2019-01", tmp_path / "overview.png", tmp_path)
    assert "cityeval dashboards bootstrap --city baltimore" in raised.value.remedy
