"""A failed audit publishes nothing, leaves the release as it was, and says why."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

import expectations
from pipelines.errors import DataError
from pipelines.run import audit
from pipelines.settings import CityHome
from pipelines.warehouse.db import open_db
from pipelines.warehouse.publication import publications
from pipelines.warehouse.release import make_release, releases
from tests.integration.conftest import SmallCity


@pytest.fixture
def folders(small_city: SmallCity, tmp_path: Path) -> CityHome:
    """A home of its own for each test, as a run left it."""
    return small_city.copy(tmp_path / "home").folders


def test_a_rate_above_one_stops_the_publication(folders: CityHome) -> None:
    published, current = len(publications(folders.lake)), folders.current.resolve()
    with open_db(folders.warehouse) as db:
        db.execute(
            "update mart_indicators set rate = 1.25 where indicator = 'closure_rate' and channel = 'all' "
            "and unit_kind = 'city' and period = '2026-10'"
        )
    with pytest.raises(DataError) as caught:
        audit(folders, ["2026-10"], lambda _: None)
    message = str(caught.value)
    assert "nothing was published" in message
    assert "mart_indicators" in message
    assert "1.25" in message
    assert len(publications(folders.lake)) == published
    assert folders.current.resolve() == current


def test_every_period_that_would_be_published_is_audited(folders: CityHome) -> None:
    """The fault sits in a month nobody asked for, but which the run would publish for the first time."""
    shutil.rmtree(folders.lake / "publications" / "2026-07")
    with open_db(folders.warehouse) as db:
        db.execute("update mart_ranks set rank = 0 where period = '2026-07' and is_ranked")
    with pytest.raises(DataError, match="mart_ranks"):
        audit(folders, ["2026-10"], lambda _: None)


def test_a_warehouse_that_was_not_closed_is_not_released(folders: CityHome) -> None:
    before = [r.release_id for r in releases(folders)]
    folders.warehouse.with_suffix(".duckdb.wal").write_bytes(b"left over")
    with pytest.raises(DataError, match="not closed cleanly"):
        make_release(folders)
    assert [r.release_id for r in releases(folders)] == before


def test_an_empty_mart_is_noticed() -> None:
    results = expectations.check_marts({"mart_ranks": pl.DataFrame(schema={"period": pl.String})})
    assert any(not result.success for result in results)
