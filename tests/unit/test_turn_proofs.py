"""Which turns stand behind a count: for the holder, and for whoever is above it and the area."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from pipelines.answers.proofs import rows_behind
from pipelines.settings import CityHome
from pipelines.warehouse.db import open_db

MORNING, NOON, LATE = (datetime(2026, 10, 5, hour) for hour in (9, 12, 18))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> CityHome:
    """One case of street S in district D: given to unit V, which returned it late, then to U, which handled it."""
    home = CityHome(tmp_path_factory.mktemp("turns") / "tiny")
    shared = {
        "period": "2026-10", "case_id": "1", "channel": "hotline", "area_code": "S", "reported_at": MORNING,
        "is_task": True, "is_missing": False, "is_impossible": False, "held_work_minutes": 60, "delivery_id": "d",
        "source_file": "f", "source_row": 1,
    }  # fmt: skip
    times = {"started_at": pl.Datetime, "due_at": pl.Datetime, "done_at": pl.Datetime, "passed_on_at": pl.Datetime}
    turns = [
        shared
        | {"unit_code": "V", "is_last_turn": False, "started_at": MORNING, "due_at": NOON, "done_at": None}
        | {"passed_on_at": LATE, "settled_at": NOON},
        shared
        | {"unit_code": "U", "is_last_turn": True, "started_at": LATE, "due_at": LATE, "done_at": LATE}
        | {"passed_on_at": None, "settled_at": LATE},
    ]
    frames = {
        "mart_periods": pl.DataFrame(
            {"period": ["2026-10"], "starts_on": [datetime(2026, 10, 1)], "ends_on": [datetime(2026, 10, 31)]}
        ).with_columns(as_of=pl.lit(datetime(2026, 10, 31, 23, 59, 59))),
        "mart_units": pl.DataFrame(
            {"unit_code": ["S", "D", "U", "V", "B"], "parent_code": ["D", None, "B", "B", None]}
        ),
        "mart_turn_proofs": pl.DataFrame(turns, schema_overrides=times),
    }
    folder = home.serving / "releases" / "one"
    folder.mkdir(parents=True)
    with open_db(folder / "serving.duckdb") as db:
        for name, frame in frames.items():
            db.register("frame", frame.to_arrow())
            db.execute(f"create table {name} as select * from frame")
            db.unregister("frame")
    home.current.symlink_to(folder)
    return home


@pytest.mark.parametrize(
    ("measure", "of"),
    [
        # every task is a task, above its holder too
        ("tasks", {"V": 1, "U": 1, "S": 2, "D": 2, "B": 2}),
        ("tasks_returned", {"V": 1, "U": 0, "S": 1, "D": 1, "B": 1}),
    ],
)
def test_tasks_are_listed_for_their_holder_and_for_everyone_above(
    home: CityHome, measure: str, of: dict[str, int]
) -> None:
    found = {unit: rows_behind(home, "2026-10", unit, "all", measure)["value"].sum() for unit in of}
    assert found == of
