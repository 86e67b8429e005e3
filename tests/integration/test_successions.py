"""Units that have ended: who answers for the records of a later day, by contract; of cases int_case_times tells it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines.city import load_city
from pipelines.errors import UsageError
from pipelines.ingest import land_files
from pipelines.settings import CityHome
from pipelines.warehouse.build import invoke
from pipelines.warehouse.db import open_db
from pipelines.warehouse.inputs import moment_of_run, write_inputs
from tests.unit.conftest import TinyCity

HEADER = "unit_code,name_zh,unit_kind,parent_code,successor_code,is_ranked,valid_to\n"
UNITS = HEADER + "CITY,全市,city,,,false,\n" + "".join(
    f"{code},{code},department,CITY,{heir},true,{last}\n"
    for code, heir, last in (
        ("D0", "D1", "2026-06-30"), ("D1", "D2", "2026-09-30"), ("D2", "", ""),
        ("E0", "E1", "2026-06-30"), ("E1", "E2", "2026-03-31"), ("E2", "", "2026-08-31"),
    )
)  # fmt: skip
DAYS = ("2026-06-30", "2026-07-01", "2026-10-01")
EXPECTED = [("D0", None), ("D1", "D0 → D1"), ("D2", "D0 → D2")]  # of what D0 is named for on those days

# contract → its columns: key, unit, day, and what else must be given
CONTRACTS = {
    "operations": ("operation_id", "unit_code", "operated_on", {"measure": "km", "unit_of_measure": "km"}),
    "findings": ("finding_id", "unit_code", "inspected_at", {"round_id": "R", "item_code": "I", "points_deducted": 1}),
    "exposures": ("exposure_id", "unit_code", "published_on", {"level": "city"}),
    "responses": ("response_id", "unit_code", "answered_on", {"survey_id": "S", "question_code": "Q"}),
    "positions": ("vehicle_key", "unit_code", "recorded_at", {"longitude": "1", "latitude": "1"}),
    "case_tasks": ("task_id", "unit_code", "assigned_at", {"case_id": "C", "role": "lead"}),
    "case_events": ("event_id", "to_unit_code", "occurred_at", {"case_id": "C", "event_type": "transferred"}),
}  # fmt: skip


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str | None]]]:
    """Unit and succession of each staged record of a contract, by day."""
    base: Path = tmp_path_factory.mktemp("successions")
    tiny = TinyCity(base / "tiny", CityHome(base / "home"))
    tiny.reference = {"units.csv": UNITS.encode()}
    tiny.load()
    for contract, (key, unit, day, rest) in CONTRACTS.items():
        constants = "".join(f", {name}: {{value: '{value}'}}" for name, value in rest.items())
        (tiny.folder / "sources" / f"{contract}.yaml").write_text(
            f"source: {contract}\ntitle: {{zh: x, en: x}}\ncontract: {contract}\nfiles: ['{contract}.csv']\n"
            f"columns: {{{key}: key, {unit}: unit, {day}: {{column: day, formats: ['%Y-%m-%d']}}{constants}}}\n",
            encoding="utf-8",
        )
    city = load_city(str(tiny.folder))
    for contract in CONTRACTS:
        path = tiny.inputs / f"{contract}.csv"
        rows = "".join(f"{at},D0,{day}\n" for at, day in enumerate(DAYS))
        path.write_text("key,unit,day\n" + rows, encoding="utf-8")
        land_files(city, tiny.home, city.sources[contract], [path], say=tiny.said.append, check=lambda c, s: [])
    write_inputs(city, [], moment_of_run(city, "2026-10", None), tiny.home.lake, [])
    models = [f"stg_{contract}" for contract in CONTRACTS]
    outcome = invoke(tiny.home, "run", "--select", "stg_unit_successions", *models)
    assert outcome.success, outcome
    found = {}
    with open_db(tiny.home.warehouse) as db:
        db.execute(f"set file_search_path = '{tiny.home.lake}'")
        found["units"] = db.sql("select * from stg_unit_successions order by all").fetchall()
        for contract, (_, unit, day, _) in CONTRACTS.items():
            found[contract] = db.sql(f"select {unit}, succession from stg_{contract} order by {day}").fetchall()
    return found


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_record_of_a_later_day_is_the_successors(
    staged: dict[str, list[tuple[str, str | None]]], contract: str
) -> None:
    assert staged[contract] == EXPECTED


def test_who_answers_from_when_to_when(staged: dict[str, list[tuple[object, ...]]]) -> None:
    """By hand: D1 answers for D0 until it ends itself; E1 had ended before it could; E2 ends and nobody follows."""
    assert staged["units"] == [
        ("D0", "D1", date(2026, 7, 1), date(2026, 9, 30)),
        ("D0", "D2", date(2026, 10, 1), None),
        ("D1", "D2", date(2026, 10, 1), None),
        ("E0", "E2", date(2026, 7, 1), None),
        ("E1", "E2", date(2026, 4, 1), None),
    ]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("D0,a,department,,D1,true,\nD1,b,department,,,true,\n",
         "units.csv, row 2, column valid_to: 'D0' is followed by 'D1' and has no last day"),
        ("D0,a,department,,D1,true,2026-01-31\nD1,b,department,,D0,true,2026-02-28\n",
         "units.csv, column successor_code: D0 is its own successor through D0; mend successor_code"),
        ("D0,a,department,,D9,true,2026-01-31\n", "units.csv, row 2, column successor_code: 'D9' is not in units.csv"),
    ],
)  # fmt: skip
def test_a_wrong_succession_is_refused(tmp_path: Path, rows: str, told: str) -> None:
    tiny = TinyCity(tmp_path / "tiny", CityHome(tmp_path / "home"))
    tiny.reference = {"units.csv": (HEADER + rows).encode()}
    with pytest.raises(UsageError) as caught:
        tiny.load()
    assert told in caught.value.what
