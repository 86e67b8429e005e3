"""What cost points, what the next grade would have taken, and what moved a score: a unit worked out by hand.

September: hotline 8 of 10 on time, grid 9 of 10, so 17 of 20 = 85 %: 60 − (95 − 85) = 50. Reworked four times at 0.5:
40 − 2 = 38. Together 88. October: hotline 27 of 30, grid 10 of 10, so 37 of 40 = 92.5 %: 57.5; reworked ten times: 35.
Together 92.5.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.answers.explain import explain_document
from pipelines.scoring import Scheme
from pipelines.settings import CityHome
from pipelines.warehouse.db import open_db

UNIT = "S1"
EXACT = pl.Decimal(18, 4)
Row = dict[str, Any]


def scheme(lose: float = 0.5, **changes: object) -> Scheme:
    ramp = {"ramp": {"target": 0.95, "lose": 1, "for_each": 0.01}}
    told: Row = {
        "scheme": "streets",
        "title": {"zh": "街道", "en": "Streets"},
        "source": "example",
        "valid_from": date(2026, 1, 1),
        "applies_to": {"unit_kind": "street", "period": "month"},
        "items": [
            {
                "item": "on_time",
                "title": {"zh": "按期", "en": "On time"},
                "indicator": "on_time_closure_rate",
                "full": 60,
            }
            | {"rule": ramp},
            {"item": "rework", "title": {"zh": "返工", "en": "Rework"}, "measure": "reworked", "none_counts_as": 0}
            | {"full": 40, "rule": {"per_event": {"lose": lose}}},
        ],
        "grades": {"优秀": 90, "良好": 80, "合格": 0},
    }
    return Scheme.model_validate(told | changes)


def item(period: str, version: str, name: str, counts: tuple[int, int | None], points: str, full: int) -> Row:
    lost = Decimal(full) - Decimal(points)
    return {
        "period": period, "scheme": "streets", "scheme_version": version, "unit_code": UNIT, "part": "items",
        "item": name, "item_zh": name, "item_en": name, "item_order": 1, "indicator": name, "channel": "all",
        "numerator": Decimal(counts[0]), "denominator": None if counts[1] is None else Decimal(counts[1]),
        "rate": None, "points": Decimal(points), "full_marks": Decimal(full), "points_lost": lost, "state": "scored",
        "reason_code": "ramp", "reason_zh": "", "reason_en": "",
    }  # fmt: skip


def rank(period: str, version: str, score: str, grade: str, adjusted: str = "0") -> Row:
    return {
        "period": period, "scheme": "streets", "scheme_version": version, "peer_group": "all", "unit_code": UNIT,
        "unit_name": "一街道", "score": Decimal(score), "full_marks": Decimal(100), "rank": 1, "group_size": 1,
        "previous_rank": 1, "grade": grade, "is_ranked": True, "bonus_counted": Decimal(0),
        "penalty_counted": Decimal(0), "adjusted_points": Decimal(adjusted), "reason_zh": None,
    }  # fmt: skip


COUNTS = {  # period, channel → due to close, closed on time
    ("2026-09", "hotline"): (10, 8), ("2026-09", "grid"): (10, 9), ("2026-09", "all"): (20, 17),
    ("2026-10", "hotline"): (30, 27), ("2026-10", "grid"): (10, 10), ("2026-10", "all"): (40, 37),
}  # fmt: skip


def case(number: int, *, on_time: bool, rework: int) -> Row:
    moment = datetime(2026, 9, number, 9)
    return {
        "period": "2026-09", "case_id": f"C{number:02d}", "channel": "grid", "unit_code": "D1", "area_code": UNIT,
        "reported_at": moment, "due_at": moment, "handled_at": moment, "closed_at": moment, "settled_at": moment,
        "rework_count": rework, "is_due_to_close": True, "is_closed": True, "is_closed_on_time": on_time,
        "is_overdue_open": False, "is_evaluated": False, "is_satisfied": False, "source_file": "f.csv",
        "source_row": number, "delivery_id": "d",
    }  # fmt: skip


def release(home: CityHome, october: Scheme, score: str, rework_points: str, adjusted: str = "0") -> None:
    """A release that holds the two months; ``october`` is the scheme that held in October."""
    september, version = scheme().version, october.version
    empty = {"period": pl.String, "unit_code": pl.String, "area_code": pl.String, "measure": pl.String}
    texts = dict.fromkeys(("part", "record_key", "succession", "source_file", "delivery_id"), pl.String)
    times = [
        {
            "period": f"2026-{month:02d}",
            "as_of": datetime(2026, month, 30),
            "state": "draft",
            "version": 1,
            "starts_on": date(2026, month, 1),
            "counts_from": None,
            "ends_on": date(2026, month, 30),
        }
        for month in (9, 10)
    ]
    frames = {
        "mart_periods": pl.DataFrame(times),
        "mart_units": pl.DataFrame(
            [
                {"unit_code": UNIT, "name_zh": "一街道", "unit_kind": "street", "parent_code": None},
                {"unit_code": "D1", "name_zh": "局", "unit_kind": "department", "parent_code": None},
            ],
            schema_overrides={"parent_code": pl.String},
        ),
        "mart_ranks": pl.DataFrame(
            [rank("2026-09", september, "88", "良好"), rank("2026-10", version, score, "优秀", adjusted)]
        ),
        "mart_score_items": pl.DataFrame(
            [
                item("2026-09", september, "on_time", (17, 20), "50", 60),
                item("2026-09", september, "rework", (4, None), "38", 40),
                item("2026-10", version, "on_time", (37, 40), "57.5", 60),
                item("2026-10", version, "rework", (10, None), rework_points, 40),
            ],
            schema_overrides=dict.fromkeys(("numerator", "denominator", "points", "full_marks", "points_lost"), EXACT),
        ),
        "mart_indicator_definitions": pl.DataFrame(
            [
                {"indicator": "on_time_closure_rate", "numerator_measure": "closed_on_time", "direction": "up"},
                {"indicator": "rework_rate", "numerator_measure": "reworked", "direction": "down"},
            ]
        ).with_columns(denominator_measure=pl.lit("due_to_close")),
        "mart_counts": pl.DataFrame(
            [
                {"period": period, "unit_code": UNIT, "channel": channel, "measure": measure, "value": Decimal(value)}
                for (period, channel), values in COUNTS.items()
                for measure, value in zip(("due_to_close", "closed_on_time"), values, strict=True)
            ]
        ),
        "mart_case_proofs": pl.DataFrame(
            [case(at, on_time=at > 3, rework={5: 3, 6: 1}.get(at, 0)) for at in range(1, 21)]
        ).with_columns(succession=pl.lit(None, pl.String)),
        "mart_record_proofs": pl.DataFrame(
            schema=empty | texts | {"value": EXACT, "occurred_on": pl.Datetime, "source_row": pl.Int64}
        ),
        "mart_indicators": pl.DataFrame(
            {"period": ["2026-10"], "unit_code": [UNIT], "indicator": ["on_time"], "channel": ["all"]}
        ).with_columns(is_calendar_provisional=pl.lit(value=True)),
        "mart_target_progress": pl.DataFrame(
            schema=empty
            | dict.fromkeys(("indicator", "indicator_zh", "direction", "target_source"), pl.String)
            | dict.fromkeys(("numerator", "denominator", "value", "target", "share_done", "left_to_target"), EXACT)
            | {"is_met": pl.Boolean, "left_count": pl.Int64}
        ),
        "mart_adjustment_effects": pl.DataFrame(
            schema=empty
            | dict.fromkeys(
                ("adjustment_id", "kind", "target", "reason", "requested_by", "decided_by", "record_key"), pl.String
            )
            | dict.fromkeys(("asked_unit_code", "asked_period"), pl.String)
            | {"points": EXACT, "requested_at": pl.Datetime, "decided_at": pl.Datetime, "is_late": pl.Boolean}
        ),
    }
    folder = home.serving / "releases" / "one"
    folder.mkdir(parents=True)
    with open_db(folder / "serving.duckdb") as db:
        for name, frame in frames.items():
            db.register("frame", frame)
            db.execute(f"create table {name} as select * from frame")
    home.current.symlink_to(folder)


@pytest.fixture
def home(tmp_path: Path) -> CityHome:
    return CityHome(tmp_path / "tiny")


def test_the_cases_behind_an_item_are_listed(home: CityHome) -> None:
    release(home, scheme(), "92.5", "35")
    on_time, rework = explain_document(home, "tiny", [scheme()], "2026-09", UNIT)["items"]
    assert [row["case_id"] for row in on_time["costs"]["rows"]] == ["C01", "C02", "C03"]
    assert {row["case_id"]: row["value"] for row in rework["costs"]["rows"]} == {"C05": 3, "C06": 1}


def test_a_rate_over_days_without_an_official_calendar_is_flagged(home: CityHome) -> None:
    release(home, scheme(), "92.5", "35")
    for period, flags in (("2026-09", [False, False]), ("2026-10", [True, False])):
        items = explain_document(home, "tiny", [scheme()], period, UNIT)["items"]
        assert [item["is_calendar_provisional"] for item in items] == flags


def test_the_next_grade_in_points_and_in_cases(home: CityHome) -> None:
    """90 − 88 = 2 points: one more on time is 18 of 20 = 90 %, 55 points; 17 of 20 and no rework at all is 90 too."""
    release(home, scheme(), "92.5", "35")
    (needed,) = explain_document(home, "tiny", [scheme()], "2026-09", UNIT)["next_grades"]
    assert (needed["grade"], needed["from_score"], needed["points"]) == ("优秀", 90, 2)
    told = {row["item"]: (row["cases"], row["numerator"], row["points"]) for row in needed["items"]}
    assert told == {"on_time": (1, 18, 5), "rework": (4, 0, 2)}
    assert needed["items"][0]["words_en"] == "1 more (18 of 20)"
    assert needed["items"][1]["words_zh"] == "少 4（0）"


def test_no_grade_stands_above_the_highest(home: CityHome) -> None:
    release(home, scheme(), "92.5", "35")
    assert explain_document(home, "tiny", [scheme()], "2026-10", UNIT)["next_grades"] == []


def test_what_moved_adds_up(home: CityHome) -> None:
    """On time: the old rates at the new numbers are (0.8 × 30 + 0.9 × 10) ÷ 40 = 82.5 %: 47.5 points, so −2.5 by volume
    and 57.5 − 47.5 = +10 by rate. Rework: 4 of 20 cases would be 8 of 40: 36 points, so −2 by volume, then −1 by rate.
    """
    release(home, scheme(), "92.5", "35")
    (change,) = explain_document(home, "tiny", [scheme()], "2026-10", UNIT)["changes"]
    lines = {
        line["item"]: [line[part] for part in ("change", "volume", "rate", "rule", "other")] for line in change["lines"]
    }
    assert lines == {"on_time": [7.5, -2.5, 10, 0, 0], "rework": [-3, -2, -1, 0, 0]}
    assert [change[part] for part in ("change", "volume", "rate", "rule", "other")] == [4.5, -4.5, 9, 0, 0]


def test_a_new_rule_is_told_apart_and_so_is_an_adjustment(home: CityHome) -> None:
    """In October a rework costs 0.4: 40 − 4 = 36, one point by rule; 0.25 was granted: 57.5 + 36 + 0.25 = 93.75."""
    second = scheme(0.4, valid_from=date(2026, 10, 1))
    release(home, second, "93.75", "36", "0.25")
    first = scheme()
    (change,) = explain_document(home, "tiny", [first, second], "2026-10", UNIT)["changes"]
    lines = {line["item"]: [line[part] for part in ("volume", "rate", "rule", "other")] for line in change["lines"]}
    assert lines == {
        "on_time": [-2.5, 10, 0, 0],
        "rework": [-2, -1, 1, 0],
        "adjusted_points": [0, 0, 0, 0.25],
    }
    assert change["change"] == 5.75


def test_nothing_is_guessed_where_the_file_says_something_else_by_now(home: CityHome) -> None:
    release(home, scheme(), "92.5", "35")
    changed = scheme(0.7)
    document = explain_document(home, "tiny", [changed], "2026-09", UNIT)
    assert (document["next_grades"], document["changes"]) == ([], [])
    assert [item["costs"] for item in document["items"]] == [None, None]
