"""An event log as the models read it, against a walk through it in plain Python: times, holders, returns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.city import load_city
from pipelines.ingest import land_files
from pipelines.settings import REPO, CityHome
from pipelines.warehouse.db import open_db
from tests.models import build_models

LOG = Path(__file__).parent / "event_logs" / "taian_12345.json"
ACTIONS = {"受理": "accepted", "预审": "dispatched", "处置": "handled", "回访": "activity", "结案": "closed"}
STAGES = {"accepted": "accept", "dispatched": "dispatch", "handled": "handle", "closed": "close"}
AS_OF = datetime(2025, 10, 1)
# (action, time, unit that the order goes to), invented, in the words of the same system
INVENTED = {
    "passed_on": [
        ("accepted", "09:00", ""), ("dispatched", "09:30", ""), ("transferred", "11:00", "B"), ("handled", "15:00", ""),
        ("closed", "16:00", ""),
    ],
    "sent_back": [
        ("accepted", "09:00", ""), ("dispatched", "09:30", ""), ("returned", "10:00", ""), ("dispatched", "10:20", ""),
        ("handled", "12:00", ""), ("reworked", "13:00", ""), ("handled", "14:00", ""), ("closed", "15:00", ""),
    ],
    "open": [("accepted", "09:00", ""), ("dispatched", "09:30", "")],
}  # fmt: skip

Event = tuple[str, datetime, str]


@dataclass
class Walked:
    """What a reader of the log would note down."""

    ended: dict[str, datetime] = field(default_factory=dict)
    returns: int = 0
    reworks: int = 0
    holders: list[tuple[str, datetime, datetime | None]] = field(default_factory=list)


def walk(events: list[Event], unit: str) -> Walked:
    """The first acceptance and dispatch, the last handling and closing; who held the order from when until when."""
    seen = Walked()
    for action, at, to in events:
        if action in STAGES and (action in ("handled", "closed") or STAGES[action] not in seen.ended):
            seen.ended[STAGES[action]] = at
        seen.returns += action == "returned"
        seen.reworks += action == "reworked"
        if action == "dispatched" and not seen.holders:
            seen.holders.append((unit, at, None))
        if action == "transferred":
            holder, since, _ = seen.holders[-1]
            seen.holders[-1] = (holder, since, at)
            seen.holders.append((to, at, None))
        if action == "handled":
            holder, since, _ = seen.holders[-1]
            seen.holders[-1] = (holder, since, at)
    return seen


def real_log() -> list[Event]:
    document = json.loads(LOG.read_text(encoding="utf-8"))
    return [(ACTIONS[e["ps_caption"]], datetime.fromisoformat(e["date"]), "") for e in document["events"]]


def orders() -> dict[str, list[Event]]:
    invented = {
        name: [(action, datetime.fromisoformat(f"2025-09-12 {at}:00"), to) for action, at, to in events]
        for name, events in INVENTED.items()
    }
    return {"taian": real_log(), **invented}


def landed(folder: Path) -> pl.DataFrame:
    """The real log through the door, by a city's mapping."""
    city = folder / "tai"
    (city / "sources").mkdir(parents=True)
    title = "{zh: 流转记录, en: Log}"
    (city / "city.yaml").write_text(
        f"city: tai\ntitle: {title}\ntime_zone: Asia/Shanghai\nevaluates_from: 2025-01-01\n", encoding="utf-8"
    )
    (city / "units.csv").write_text("unit_code,name_zh,unit_kind,parent_code,is_ranked\nA,全市,city,,false\n", "utf-8")
    (city / "categories.csv").write_text("category_code,name_zh\n01,市容环境\n", "utf-8")
    (city / "sources" / "log.yaml").write_text(
        f"source: log\ntitle: {title}\ncontract: case_events\nfiles: ['*.json']\njson: {{each: events}}\n"
        "columns:\n  event_id: events.id\n  case_id: {value: taian}\n"
        f"  event_type: {{column: events.ps_caption, map: {{{', '.join(f'{k}: {v}' for k, v in ACTIONS.items())}}}}}\n"
        "  occurred_at: {column: events.date, formats: ['%Y-%m-%d %H:%M:%S']}\n"
        "  result: events.payroll_resulttmp\n"
        "ignore: [_note, 'submission_fields*', 'events.*']\n",
        encoding="utf-8",
    )
    loaded, home = load_city(str(city)), CityHome(folder / "home")
    (delivery,) = land_files(
        loaded, home, loaded.sources["log"], [LOG], say=lambda line: None, check=lambda contract, sample: []
    )
    assert (delivery.rows, delivery.accepted, delivery.rejected) == (5, 5, 0)
    return pl.read_parquet(home.lake / "accepted" / "case_events" / f"{delivery.delivery_id}.parquet")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """Per order: what int_case_times says, and the turns of handling."""
    moment = "cast(null as timestamp)"
    log = landed(tmp_path_factory.mktemp("log")).select("case_id", "event_type", "occurred_at")
    rows = [(name, action, at, to or None) for name, events in orders().items() for action, at, to in events]
    invented = pl.DataFrame(
        [row for row in rows if row[0] != "taian"],
        schema=["case_id", "event_type", "occurred_at", "to_unit_code"],
        orient="row",
    )
    events = pl.concat([log, invented], how="diagonal_relaxed").with_row_index("n")
    firsts = {name: events[0][1] for name, events in orders().items()}
    times = ", ".join(
        f"{moment} as {name}"
        for name in (
            "accepted_at", "registered_at", "dispatched_at", "due_at", "contacted_at", "handled_at", "verified_at",
            "closed_at", "cancelled_at",
        )
    )  # fmt: skip
    texts = ", ".join(
        f"cast(null as varchar) as {name}"
        for name in (
            "intake", "category_code", "subcategory_code", "area_code", "disposal_means", "collector_code",
            "acceptor_code", "shift_leader_code", "dispatcher_code", "duplicate_of", "satisfaction", "is_resolved",
            "source_file",
        )
    )  # fmt: skip
    cases = pl.DataFrame(list(firsts.items()), schema=["case_id", "reported_at"], orient="row")
    with open_db(":memory:") as db:
        for name, frame in (("log_events", events), ("first_seen", cases)):
            db.register("frame", frame.to_arrow())
            db.execute(f"create table {name} as select * from frame")
            db.unregister("frame")
        seeds = REPO / "dbt_project" / "seeds"
        for seed in ("event_types", "satisfaction_answers"):
            db.execute(f"create table {seed} as from read_csv('{seeds / f'{seed}.csv'}', header = true)")
        for sql in (
            f"table stg_run as select timestamp '{AS_OF}' as as_of",
            "table stg_case_events as select 't' as source_system, case_id, event_type, occurred_at, to_unit_code, "
            f"'A' as from_unit_code, {moment} as new_due_at, cast(n as varchar) as record_key from log_events",
            f"table stg_cases as select 't:' || case_id as case_key, case_id, 't' as source_system, "
            f"'hotline' as channel, "
            f"'A' as unit_code, reported_at, {times}, {texts}, cast(null as bigint) as rework_count, "
            "cast(null as bigint) as return_count, cast(null as bigint) as extension_count, true as is_valid, "
            "cast(null as boolean) as is_proactive, cast(null as boolean) as is_missed_report, 'd' as delivery_id, "
            "1 as source_row from first_seen",
            "table stg_case_tasks (source_system varchar, case_id varchar, unit_code varchar, role varchar, "
            "assigned_at timestamp, signed_at timestamp, due_at timestamp, done_at timestamp, returned_at timestamp, "
            "is_return_accepted boolean, record_key varchar)",
            "table stg_case_suspensions (case_key varchar, started_at timestamp)",
            "table stg_unit_successions (unit_code varchar, successor_code varchar, starts_on date, ends_on date)",
            "table stg_deliveries as select 'd' as delivery_id, 's' as source",
            "table stg_sources as select 's' as source, false as handled_at_is_closed_at, false as is_due_computed",
            "table int_adjustments (target_key varchar, status varchar, kind varchar)",
            "table int_case_deadlines (case_key varchar, stage varchar, due_at timestamp, is_case_deadline boolean, "
            "is_calendar_provisional boolean)",
        ):
            db.execute(f"create {sql}")
        build_models(db, "int_case_times", "int_cases", "int_case_turns")
        told = {row["case_id"]: row for row in db.sql("select * from int_case_times").pl().to_dicts()}
        turns = db.sql("select * from int_case_turns order by case_key, turn").pl().to_dicts()
        for name, row in told.items():
            row["turns"] = [turn for turn in turns if turn["case_key"] == f"t:{name}"]
        yield told


@pytest.mark.parametrize("name", ["taian", *INVENTED])
def test_times_holders_and_returns_are_those_of_a_walk_through_the_log(found: dict[str, Any], name: str) -> None:
    seen, row = walk(orders()[name], "A"), found[name]
    columns = {"accept": "accepted_at", "dispatch": "dispatched_at", "handle": "handled_at", "close": "closed_at"}
    assert {stage: row[column] for stage, column in columns.items() if row[column]} == seen.ended
    # one order that was sent back makes the whole log one that records returns and rework
    assert (row["return_count"], row["rework_count"]) == (seen.returns, seen.reworks)
    held = [(turn["unit_code"], turn["started_at"], turn["done_at"] or turn["passed_on_at"]) for turn in row["turns"]]
    assert held == seen.holders


def test_the_real_order_by_hand(found: dict[str, Any]) -> None:
    """Accepted 09:24:15, dispatched 17 minutes later, handled after another 4 h 47 min 49 s, closed at 15:14:09."""
    row = found["taian"]
    assert (row["handled_at"] - row["dispatched_at"]).total_seconds() == 4 * 3600 + 47 * 60 + 49
    assert row["closed_at"] == datetime(2025, 9, 11, 15, 14, 9)
    assert (row["rework_count"], row["return_count"], row["unknown_events"]) == (0, 0, 0)
    assert found["open"]["closed_at"] is None
