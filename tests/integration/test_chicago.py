"""Chicago: repeated numbers and duplicates as cases ranked by ward, Open311 notes as events."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipelines.settings import REPO
from tests.integration.real_city import SHARED, CityJob, run_city
from tests.personal_data import found_in

SAMPLE = REPO / "cities" / "chicago" / "sample"
SAMPLE_COMPLAINTS = SAMPLE / "chicago_sanitation_code_complaints_sample.csv"
FULL = SHARED / "chicago_sanitation_311" / "chicago_sanitation_code_complaints.csv.gz"
COMPLAINTS = FULL if FULL.is_file() else SAMPLE_COMPLAINTS
PERIOD, LIMIT, AS_OF = "2014-06", timedelta(days=14), date(2015, 1, 1)

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Complaint:
    number: str
    reported: date
    completed: date | None
    ward: str
    is_duplicate: bool


def _complaints(path: Path) -> tuple[list[Complaint], int]:
    """The complaints by plain reading, the version with the later completion of each number; and all rows."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    kept: dict[str, Complaint] = {}
    rows = list(csv.DictReader(raw.decode("utf-8").splitlines()))
    for row in rows:
        told = row["Completion_Date"]
        each = Complaint(
            row["Service_Request_Number"],
            date.fromisoformat(row["Creation_Date"]),
            date.fromisoformat(told) if told else None,
            row["Ward"] if row["Ward"] not in ("", "0") else "unallocated",
            row["Status"].endswith("Dup"),
        )
        before = kept.get(each.number)
        if before is None or (each.completed or date.min) > (before.completed or date.min):
            kept[each.number] = each
    return list(kept.values()), len(rows)


def _due(complaints: list[Complaint]) -> dict[str, tuple[int, int, int]]:
    """Due to close, closed, closed on time in PERIOD by ward: settled at the earlier of completion and deadline."""
    counts: dict[str, Counter[str]] = {}
    for each in complaints:
        deadline = each.reported + LIMIT
        settled = min(deadline, each.completed) if each.completed else deadline
        if each.is_duplicate or settled.isoformat()[:7] != PERIOD or not (each.completed or deadline < AS_OF):
            continue
        ward = counts.setdefault(each.ward, Counter())
        ward["due"] += 1
        ward["closed"] += each.completed is not None
        ward["on_time"] += each.completed is not None and each.completed <= deadline
    return {ward: (each["due"], each["closed"], each["on_time"]) for ward, each in counts.items()}


def _requests(folder: Path) -> list[dict[str, Any]]:
    (path,) = folder.rglob("*open311_requests*.json")
    document: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _wards_agree(job: CityJob, complaints: list[Complaint]) -> int:
    expected = _due(complaints)
    (group,) = job.ask("rank", "--period", PERIOD)["groups"]
    assert {unit["unit_code"] for unit in group["units"]} == {str(ward) for ward in range(1, 51)}
    scores: dict[str, Decimal] = {}
    for ward, (due, closed, on_time) in expected.items():
        if ward != "unallocated" and due >= 5:
            scores[ward] = sum(
                (
                    ((Decimal(count) / due).quantize(Decimal("0.0001"), ROUND_HALF_UP) * full).quantize(
                        Decimal("0.01"), ROUND_HALF_UP
                    )
                    for count, full in ((on_time, 60), (closed, 40))
                ),
                Decimal(0),
            )
    for unit in group["units"]:
        score = scores.get(unit["unit_code"])
        assert unit["ranked"] == (score is not None), unit
        if score is None:
            assert unit["reason"], unit
        else:
            assert Decimal(str(unit["score"])) == score, unit
            assert unit["rank"] == 1 + sum(other > score for other in scores.values()), unit
    return len(scores)


@pytest.fixture(scope="module")
def told() -> tuple[list[Complaint], int]:
    return _complaints(COMPLAINTS)


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> CityJob:
    """One run of all complaints and the requests of the sample."""
    files = [COMPLAINTS, *SAMPLE.glob("*open311_requests*.json")]
    return run_city("chicago", tmp_path_factory.mktemp("chicago"), files, PERIOD)


def test_the_sample_is_small() -> None:
    assert _complaints(SAMPLE_COMPLAINTS)[1] <= 2000 - 50


def test_every_row_is_accepted_once(job: CityJob, told: tuple[list[Complaint], int]) -> None:
    complaints, rows = told
    if COMPLAINTS != SAMPLE_COMPLAINTS:
        assert (rows, len(complaints)) == (74_401, 74_026)
    by_source = {name.split("/")[0]: each for name, each in job.deliveries().items()}
    assert by_source["sanitation"]["rows"] == by_source["sanitation"]["accepted"] == rows
    assert by_source["requests"]["accepted"] == 50
    cases = job.mart("mart_case_proofs").filter(~pl.col("case_id").is_in(_numbers(SAMPLE)))
    # duplicates are listed with that reason by their report, the others by their completion too
    in_scope = sum(
        each.reported.year >= 2011
        or (each.completed is not None and each.completed.year >= 2011 and not each.is_duplicate)
        for each in complaints
    )
    assert cases["case_id"].n_unique() == in_scope


def _numbers(folder: Path) -> list[str]:
    return [request["service_request_id"] for request in _requests(folder)]


def test_of_a_repeated_number_the_later_completion_counts(job: CityJob, told: tuple[list[Complaint], int]) -> None:
    complaints, rows = told
    assert rows - len(complaints) > 50
    kept = {each.number: each.completed for each in complaints if not each.is_duplicate}
    proofs = job.mart("mart_case_proofs").unique("case_id")
    closed = dict(proofs.select("case_id", pl.col("closed_at").dt.date()).iter_rows())
    counted = {number: day for number, day in closed.items() if number in kept}
    assert len(counted) > 500
    assert counted == {number: kept[number] for number in counted}


def test_wards_are_ranked_as_plain_counting_does(job: CityJob, told: tuple[list[Complaint], int]) -> None:
    ranked = _wards_agree(job, told[0])
    assert ranked == 50 or COMPLAINTS == SAMPLE_COMPLAINTS


def test_notes_become_events_in_local_time(job: CityJob) -> None:
    events = job.accepted("case_events")
    notes = [(request["service_request_id"], note) for request in _requests(SAMPLE) for note in request["notes"]]
    assert events.height == events["event_id"].n_unique() == len(notes) == 276
    expected = Counter(
        (
            number,
            note["type"],
            datetime.fromisoformat(note["datetime"]).astimezone(ZoneInfo("America/Chicago")).replace(tzinfo=None),
            note.get("extended_attributes", {}).get("agency_responsible"),
        )
        for number, note in notes
    )
    assert Counter(events.select("case_id", "event_type", "occurred_at", "to_unit_code").iter_rows()) == expected
    assert len({note["datetime"][-6:] for _, note in notes}) == 2  # winter and summer time


def test_a_request_is_closed_when_its_note_says_so(job: CityJob) -> None:
    events = job.accepted("case_events").filter(pl.col("event_type") == "closed")
    noted = dict(events.select("case_id", "occurred_at").iter_rows())
    cases = job.accepted().filter(pl.col("case_id").is_in(_numbers(SAMPLE)), pl.col("closed_at").is_not_null())
    assert dict(cases.select("case_id", "closed_at").iter_rows()) == noted
    assert len(noted) == 49


def test_a_follow_on_order_is_a_turn_of_the_other_agency(job: CityJob) -> None:
    """Begun and ended by the notes of its own number, as far as the as-of moment knows; duplicates have no turns."""
    known = datetime.combine(AS_OF, datetime.max.time())

    def local(note: dict[str, Any]) -> datetime | None:
        at = datetime.fromisoformat(note["datetime"]).astimezone(ZoneInfo("America/Chicago")).replace(tzinfo=None)
        return at if at <= known else None

    expected = Counter()
    for request in _requests(SAMPLE):
        if "parent_service_request_id" in request["extended_attributes"]:
            continue
        orders: dict[str, dict[str, Any]] = {}
        for note in request["notes"]:
            if note["type"].startswith("follow_on"):
                order = orders.setdefault(note["extended_attributes"]["service_request_id"], {})
                order[note["type"]] = local(note)
                order["agency"] = note["extended_attributes"]["agency_responsible"]
        for order in orders.values():
            if order.get("follow_on_created") is not None:  # three were closed only
                end = order.get("follow_on_closed")
                key = (request["service_request_id"], order["agency"], order["follow_on_created"], end)
                expected[key] += 1
    turns = job.mart("mart_turn_proofs").filter(pl.col("turn_role") == "assist").unique(["case_key", "turn"])
    found = Counter(turns.select("case_id", "unit_code", "started_at", "done_at").iter_rows())
    assert found == expected
    assert sum(expected.values()) > 40


def test_the_home_holds_nobody(job: CityJob) -> None:
    assert found_in(job.home.root) == {}
