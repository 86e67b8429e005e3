"""Calls that cannot work are refused in words before anything is done, not by a traceback afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import UsageError
from tests.unit.conftest import TinyCity


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("template", "--contract", "cases", "--out", "{file}/t.xlsx"), "nothing can be written into {file}"),
        (
            ("template", "--contract", "cases", "--out", "{folder}.xlsx"),
            "{folder}.xlsx cannot be written: it is a folder",
        ),
        (("run", "--as-of", "2026-10-31T23:59:59+08:00"), "tells its offset from UTC"),
        (("land", "{folder}.xlsx", "--source", "hotline"), "{folder}.xlsx is a folder"),
        (("fetch", "--source", "hotlin"), "tiny has no source 'hotlin'"),
        (("run", "--as-of", "yesterday"), "as-of 'yesterday' is not a moment"),
    ],
)
def test_what_cannot_be_done_is_said(tiny: TinyCity, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    tiny.load()
    places = {"file": str(tmp_path / "file"), "folder": str(tmp_path / "folder")}
    (tmp_path / "file").touch()
    (tmp_path / "folder.xlsx").mkdir()
    call = [argument.format(**places) for argument in arguments]
    answer = CliRunner().invoke(app, [*call, "--city", str(tiny.folder)])
    assert isinstance(answer.exception, UsageError)
    assert says.format(**places) in answer.exception.what
    assert answer.exception.remedy


def test_people_need_dashboards_that_were_set_up(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["dashboards", "user", "wang:leader:demo", "--home", str(tmp_path)])
    assert isinstance(answer.exception, UsageError)
    assert answer.exception.what == "the dashboards were not set up yet"


def test_a_drafted_city_goes_into_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answer = CliRunner().invoke(
        app, ["new-city", "tiny", "--from", "a.csv", "--out", str(tmp_path / "file" / "cities")]
    )
    assert isinstance(answer.exception, UsageError)
    assert "nothing can be written into" in answer.exception.what
