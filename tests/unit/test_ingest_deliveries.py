"""Deliveries: the ledger, landing, checks, re-runs, killed runs, the inbox, personal data."""

from __future__ import annotations

import os
import re
import stat
import time
from dataclasses import dataclass, field

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.ingest import take_in
from pipelines.ingest.lake import CHECK_SCHEMA, DELIVERY_SCHEMA
from pipelines.ingest.ledger import read_ledger
from pipelines.ingest.sample import Sample
from pipelines.settings import CityHome
from tests.unit.conftest import HEADERS, TinyCity, row


@dataclass(frozen=True)
class Result:
    """What a check gives back, as the suites do."""

    severity: str
    success: bool
    suite: str = "cases"
    check_name: str = "cases_summary_given"
    column_name: str = "summary"
    observed: str = "1 of 2 blank"
    unexpected_count: int = 1
    failing_rows: list[dict] = field(default_factory=lambda: [{"case_id": "A1"}])
    error: str = ""


def _take(tiny: TinyCity) -> list:
    return take_in(tiny.load(), tiny.home, tiny.inputs, say=tiny.said.append, check=lambda c, s: [])


def test_a_second_run_takes_nothing_in_and_changes_nothing(tiny: TinyCity) -> None:
    tiny.write(row(), name="a.csv")
    tiny.write(row(), row(编号="A2"), name="b.csv")
    tiny.write(row(), name="same-as-a.csv")
    assert [d.file for d in _take(tiny)] == ["a.csv", "b.csv"]
    before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in tiny.home.lake.rglob("*.parquet")}
    assert _take(tiny) == []
    assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in tiny.home.lake.rglob("*.parquet")} == before


def test_a_corrected_mapping_replaces_the_delivery(tiny: TinyCity) -> None:
    path = tiny.write(row(单位="甲"), row())
    first = tiny.land(path)
    assert (first.accepted, first.rejected) == (1, 1)
    tiny.columns["unit_code"] = {"column": "单位", "map": {"甲": "D1"}, "otherwise": "keep"}
    second = tiny.land(path)
    assert second.delivery_id == first.delivery_id
    assert (second.accepted, second.rejected) == (2, 0)
    assert read_ledger(tiny.home.lake) == [second]
    tiny.columns["summary"] = "没有"
    assert tiny.land(path).state == "refused"
    assert list((tiny.home.lake / "accepted" / "cases").glob("hotline-*")) == []


def test_two_sources_may_take_in_the_same_file(tiny: TinyCity) -> None:
    tiny.source["only_rows"] = [{"column": "大类", "equals": "01"}]
    tiny.load()
    other = (tiny.folder / "sources" / "hotline.yaml").read_text(encoding="utf-8")
    (tiny.folder / "sources" / "other.yaml").write_text(
        other.replace("source: hotline", "source: other").replace("equals: '01'", "equals: '02'"), encoding="utf-8"
    )
    tiny.write(row(), row(大类="02"), row(大类="02"))
    found = {d.source: (d.accepted, d.out_of_scope) for d in _take(tiny)}
    assert found == {"hotline": (1, 2), "other": (2, 1)}


def test_the_file_lands_as_received_in_a_private_folder(tiny: TinyCity) -> None:
    path = tiny.write(row())
    delivery = tiny.land(path)
    landed = tiny.home.landing / delivery.landing_file
    assert landed.read_bytes() == path.read_bytes()
    assert stat.S_IMODE(landed.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(tiny.home.landing.stat().st_mode) == 0o700
    assert delivery.bytes == path.stat().st_size


def test_what_a_killed_run_left_is_swept_and_done_again(tiny: TinyCity) -> None:
    path = tiny.write(row())
    delivery = tiny.land(path)
    lake = tiny.home.lake
    (lake / "deliveries" / f"{delivery.delivery_id}.parquet").unlink()  # killed before the commit mark
    stray = lake / "accepted" / "cases" / ".tmp-half.parquet"
    stray.write_bytes(b"PAR1")
    other = tiny.write(row(编号="B1"), name="other.csv")
    tiny.land(other)
    assert not stray.exists()
    assert not (lake / "accepted" / "cases" / f"{delivery.delivery_id}.parquet").exists()
    assert not (lake / "rejected" / f"{delivery.delivery_id}.parquet").exists()
    assert tiny.land(path).accepted == 1


def test_every_folder_of_the_lake_has_its_empty_file(tiny: TinyCity) -> None:
    tiny.land(tiny.write(row()))
    lake = tiny.home.lake
    assert pl.read_parquet(lake / "accepted" / "operations" / "00000000-empty.parquet").shape == (0, 16)
    assert dict(pl.read_parquet_schema(lake / "checks" / "00000000-empty.parquet")) == dict(CHECK_SCHEMA)
    assert dict(pl.read_parquet_schema(next((lake / "deliveries").glob("hotline*")))) == dict(DELIVERY_SCHEMA)
    assert read_ledger(CityHome(tiny.home.root / "nowhere").lake) == []


def test_a_failed_check_refuses_the_delivery(tiny: TinyCity) -> None:
    seen: list[int] = []

    def check(contract: object, sample: pl.DataFrame) -> list[Result]:
        seen.append(sample.height)
        return [Result("fail", success=False), Result("warn", success=False, check_name="mild")]

    delivery = tiny.land(tiny.write(row(), row(编号="A2"), row(返工="x")), check=check)
    assert seen == [2]
    assert (delivery.state, delivery.rows, delivery.accepted, delivery.rejected) == ("refused", 3, 0, 3)
    assert delivery.reasons == {"type-error": 1, "failed-check": 2}
    assert {fault[1] for fault in tiny.faults(delivery)} == {"failed-check", "type-error"}
    checks = pl.read_parquet(tiny.home.lake / "checks" / f"{delivery.delivery_id}.parquet")
    assert checks["severity"].to_list() == ["fail", "warn"]
    assert checks["failing_rows"][0] == '[{"case_id": "A1"}]'


def test_a_failed_warning_lets_the_rows_in(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row()), check=lambda c, s: [Result("warn", success=False)])
    assert (delivery.state, delivery.accepted) == ("accepted", 1)
    assert delivery.warnings == ["check cases_summary_given: 1 of 2 blank"]


def test_a_file_of_the_inbox_waits_until_it_is_quiet(tiny: TinyCity) -> None:
    inbox = tiny.home.inbox / "hotline"
    inbox.mkdir(parents=True)
    path = tiny.write(row()).rename(inbox / "cases.csv")
    (inbox / "next.csv.part").write_bytes(b"half")
    city = tiny.load()
    assert take_in(city, tiny.home, None, say=tiny.said.append, check=lambda c, s: []) == []
    os.utime(path, (time.time() - 5,) * 2)
    found = take_in(city, tiny.home, None, say=tiny.said.append, check=lambda c, s: [])
    assert [d.file for d in found] == ["cases.csv"]


def test_identities_become_keyed_hashes_and_the_key_is_private(tiny: TinyCity) -> None:
    tiny.columns["reporter_key"] = "电话"
    headers = (*HEADERS, "电话")
    path = tiny.write(
        (*row(), "13812345678"),
        (*row(编号="A2"), "13812345678"),
        (*row(编号="A3"), "13900000000"),
        (*row(编号="A4"), ""),
        headers=headers,
    )
    delivery = tiny.land(path)
    keys = tiny.accepted(delivery)["reporter_key"].to_list()
    assert keys[0] == keys[1] != keys[2]
    assert keys[3] is None
    assert re.fullmatch("[0-9a-f]{6}-[0-9a-f]{32}", keys[0])
    assert stat.S_IMODE(tiny.home.reporter_key.stat().st_mode) == 0o600
    everything = b"".join(p.read_bytes() for p in tiny.home.lake.rglob("*.parquet"))
    assert b"13812345678" not in everything


def test_a_telephone_number_in_a_rejected_cell_is_masked(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row(返工="13812345678a")))
    assert tiny.faults(delivery) == [(2, "type-error", "rework_count", "***a")]


def test_a_sample_is_spread_bounded_and_independent_of_the_batches() -> None:
    frame = pl.DataFrame({"n": range(1000)})
    kept = []
    for size in (1, 7, 1000):
        sample = Sample(limit=100)
        for start in range(0, 1000, size):
            sample.add(frame.slice(start, size))
        kept.append(sample.frame()["n"].to_list())
    assert kept[0] == kept[1] == kept[2] == list(range(0, 1000, 16))


@pytest.mark.parametrize(("expected", "step"), [(0, 16), (1000, 16), (1300, 16), (1599, 16), (4000, 32)])
def test_a_sample_of_about_as_many_rows_as_expected_is_the_same(expected: int, step: int) -> None:
    """Of fewer than that come fewer, still spread evenly."""
    sample = Sample(limit=100, expected=expected)
    sample.add(pl.DataFrame({"n": range(1000)}))
    assert sample.frame()["n"].to_list() == list(range(0, 1000, step))


CELL = st.sampled_from(
    ["", " ", "0", "7", "-3", "x", "D1", "X9", "01", "2026-10-01 08:00:00", "2026/10/01", "是", "１"]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(*(CELL for _ in HEADERS)), min_size=1, max_size=12))
def test_rows_in_scope_are_accepted_or_rejected(tiny: TinyCity, rows: list[tuple[str, ...]]) -> None:
    tiny.source["only_rows"] = [{"column": "大类", "not_contains": "9"}]
    path = tiny.write(*rows)
    (tiny.home.lake / "deliveries").mkdir(parents=True, exist_ok=True)
    for entry in (tiny.home.lake / "deliveries").glob("hotline-*"):
        entry.unlink()
    delivery = tiny.land(path)
    data_rows = [cells for cells in rows if any(cell.strip() for cell in cells)]
    in_scope = [cells for cells in data_rows if "9" not in cells[1]]
    assert delivery.rows == delivery.accepted + delivery.rejected == len(in_scope)
    assert delivery.rows + delivery.out_of_scope == len(data_rows)
    assert sum(delivery.reasons.values()) == delivery.rejected
    assert tiny.accepted(delivery).height == delivery.accepted
    assert tiny.rejected(delivery)["source_row"].n_unique() == delivery.rejected
    assert tiny.accepted(delivery)["source_row"].is_sorted()
