"""Late, stale and stopped feeds: when they are, and which units that holds back in which periods."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from pipelines.city.periods import parse_period
from pipelines.ingest.lateness import FeedState, feed_states, late_feeds
from pipelines.ingest.ledger import read_ledger
from pipelines.ingest.overrides import decide
from pipelines.ingest.thresholds import settle
from tests.unit.conftest import TinyCity, row

PERIODS = ["2026-08", "2026-09", "2026-10", "2026-Q3", "2026-Q4", "2026-W40"]
DUE = {"due": {"every": "month", "within_days": 5}}


def _month(tiny: TinyCity, month: str, name: str, *days: int, **cells: str) -> None:
    rows = [row(编号=f"{month}-{day}", 上报时间=f"2026-{month}-{day:02d} 08:00:00", **cells) for day in days]
    tiny.land(tiny.write(*rows, name=name))


def _feed(tiny: TinyCity, now: str) -> FeedState:
    (feed,) = feed_states(tiny.load(), tiny.home.lake, read_ledger(tiny.home.lake), datetime.fromisoformat(now))
    return feed


def _held(tiny: TinyCity, now: str) -> dict[str, list[str]]:
    periods = [parse_period(name) for name in PERIODS]
    frame = late_feeds(tiny.load(), tiny.home.lake, read_ledger(tiny.home.lake), periods, datetime.fromisoformat(now))
    assert frame.height == frame.select("period", "unit_code").unique().height
    found: dict[str, list[str]] = {}
    for period, unit in frame.select("period", "unit_code").iter_rows():
        found.setdefault(period, []).append(unit)
    return found


@pytest.fixture
def dated(tiny: TinyCity) -> TinyCity:
    tiny.source["extracted_at"] = {"from_file_name": r"_(\d{14})", "formats": ["%Y%m%d%H%M%S"]}
    tiny.source["watch"] = dict(DUE)
    return tiny


@pytest.mark.parametrize(
    ("now", "state"),
    [
        ("2026-09-30T12:00:00", "good"),  # September has not ended
        ("2026-09-30T23:59:59", "awaited"),
        ("2026-10-05T23:59:59", "awaited"),  # the last day it is due
        ("2026-10-06T00:00:00", "late"),
    ],
)
def test_a_delivery_that_did_not_come_is_awaited_then_late(dated: TinyCity, now: str, state: str) -> None:
    _month(dated, "08", "c_20260831235959.csv", 3, 30)
    assert _feed(dated, now).state == state


def test_a_late_feed_holds_back_its_units_in_the_periods_it_lacks(dated: TinyCity) -> None:
    _month(dated, "08", "c_20260831235959.csv", 3, 30)
    units = ["CITY", "D1", "S1"]  # the unit and the area that its rows name, and what stands above them
    assert _held(dated, "2026-10-08T08:00:00") == {
        "2026-09": units, "2026-Q3": units, "2026-W40": units,  # week 40 begins on 28 September
    }  # fmt: skip
    _month(dated, "09", "c_20260930235959.csv", 2)
    assert _held(dated, "2026-10-08T08:00:00") == {}


def test_only_the_named_columns_tell_whose_feed_it_is(dated: TinyCity) -> None:
    dated.source["watch"] = {**DUE, "unit_columns": ["area_code"]}
    _month(dated, "08", "c_20260831235959.csv", 3)
    assert _held(dated, "2026-10-08T08:00:00")["2026-09"] == ["CITY", "S1"]
    dated.source["watch"] = {**DUE, "unit_columns": [], "units": ["D1"]}
    assert _held(dated, "2026-10-08T08:00:00")["2026-09"] == ["CITY", "D1"]


def test_an_extract_taken_before_the_month_was_over_is_not_the_one_due(dated: TinyCity) -> None:
    _month(dated, "08", "c_20260831235959.csv", 3)
    _month(dated, "09", "c_20260915120000.csv", 2, 14)
    assert _feed(dated, "2026-10-08T08:00:00").state == "late"
    _month(dated, "09", "c_20261002080000.csv", 29)
    assert _feed(dated, "2026-10-08T08:00:00").state == "good"


def test_a_header_without_rows_is_a_delivery(dated: TinyCity) -> None:
    """Two months in which nothing happened come as the same bytes; each name counts for its month."""
    _month(dated, "08", "c_20260831235959.csv", 3)
    city = dated.load()
    from pipelines.ingest import land_files  # noqa: PLC0415

    for name in ("c_20260930235959.csv", "c_20261031235959.csv"):
        land_files(city, dated.home, city.sources["hotline"], [dated.write(name=name)], say=dated.said.append)
    assert len(read_ledger(dated.home.lake)) == 2
    assert _feed(dated, "2026-11-08T08:00:00").state == "good"
    assert _feed(dated, "2026-12-08T08:00:00").state == "late"


def test_a_hole_between_two_deliveries_is_seen(dated: TinyCity) -> None:
    _month(dated, "07", "c_20260731235959.csv", 3)
    _month(dated, "09", "c_20260930235959.csv", 3)
    assert sorted(_held(dated, "2026-10-08T08:00:00")) == ["2026-08", "2026-Q3"]


def test_without_a_time_of_extraction_the_records_tell(tiny: TinyCity) -> None:
    tiny.source["watch"] = dict(DUE)
    _month(tiny, "08", "8.csv", 3)
    assert _feed(tiny, "2026-10-08T08:00:00").state == "late"
    _month(tiny, "09", "9.csv", 1)
    assert _feed(tiny, "2026-10-08T08:00:00").state == "good"


def test_a_year_that_is_a_slip_of_the_pen_makes_no_feed_new(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"stale_days": {"stop": 20}}
    path = tiny.write(row(编号="1", 上报时间="2026-09-01 08:00:00"), row(编号="2", 上报时间="2126-09-01 08:00:00"))
    tiny.land(path)
    feed = _feed(tiny, "2026-10-01T08:00:00")
    assert (feed.state, str(feed.newest_on)) == ("stale", "2026-09-01")


@pytest.mark.parametrize(
    ("now", "state"),
    [("2026-09-11T08:00:00", "good"), ("2026-09-12T08:00:00", "old"), ("2026-09-21T08:00:00", "old"),
     ("2026-09-22T08:00:00", "stale")],
)  # fmt: skip
def test_how_old_the_newest_record_may_be(tiny: TinyCity, now: str, state: str) -> None:
    tiny.source["watch"] = {"stale_days": {"warn": 10, "stop": 20}}
    _month(tiny, "09", "9.csv", 1)
    assert _feed(tiny, now).state == state


def test_a_stale_feed_holds_back_the_periods_that_end_too_late_for_it(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"stale_days": {"stop": 20}}
    _month(tiny, "08", "8.csv", 1, 31)
    _month(tiny, "09", "9.csv", 15)
    assert sorted(_held(tiny, "2026-11-15T08:00:00")) == ["2026-10", "2026-Q4"]


def test_a_stopped_delivery_holds_back_the_days_it_would_have_brought(dated: TinyCity) -> None:
    dated.source["watch"] = {"rejected_share": {"stop": 0.1}}
    _month(dated, "08", "c_20260831235959.csv", 3, 31)
    # September, with a correction of August among it: August was complete before
    rows = [row(编号="a", 上报时间="2026-08-03 08:00:00"), row(编号="b", 上报时间="2026-09-20 08:00:00")]
    stopped = dated.land(dated.write(*rows, row(编号="c", 返工="x"), name="c_20260930235959.csv"))
    assert stopped.state == "stopped"
    assert sorted(_held(dated, "2026-10-08T08:00:00")) == ["2026-09", "2026-Q3"]
    assert _feed(dated, "2026-10-08T08:00:00").state == "stopped"
    city = dated.load()
    decide(city, dated.home, stopped.delivery_id, kind="keep_out", by="A", reason="B")
    settle(city, dated.home, dated.said.append)
    assert _held(dated, "2026-10-08T08:00:00") == {}


def test_keeping_a_delivery_out_for_good_ends_the_waiting_for_it(dated: TinyCity) -> None:
    dated.source["watch"] = {"rejected_share": {"stop": 0.1}, **DUE}
    _month(dated, "08", "c_20260831235959.csv", 3)
    rows = [row(编号="b", 上报时间="2026-09-20 08:00:00"), row(编号="c", 返工="x")]
    stopped = dated.land(dated.write(*rows, name="c_20260930235959.csv"))
    assert {lack.state for lack in _feed(dated, "2026-10-08T08:00:00").lacks} == {"stopped", "late"}
    city = dated.load()
    decide(city, dated.home, stopped.delivery_id, kind="keep_out", by="A", reason="B")
    settle(city, dated.home, dated.said.append)
    assert _feed(dated, "2026-10-08T08:00:00").state == "good"


def test_a_corrected_file_of_the_same_name_takes_the_place_of_the_stopped_one(dated: TinyCity) -> None:
    dated.source["watch"] = {"rejected_share": {"stop": 0.1}}
    assert dated.land(dated.write(row(), row(编号="A2", 返工="x"), name="c_20261031235959.csv")).state == "stopped"
    assert _feed(dated, "2026-11-08T08:00:00").state == "stopped"
    assert dated.land(dated.write(row(), row(编号="A2"), name="c_20261031235959.csv")).state == "accepted"
    assert _feed(dated, "2026-11-08T08:00:00").state == "good"


def test_a_city_that_watches_nothing_is_never_late(tiny: TinyCity) -> None:
    _month(tiny, "08", "8.csv", 1)
    now = datetime(2030, 1, 1)
    ledger = read_ledger(tiny.home.lake)
    assert feed_states(tiny.load(), tiny.home.lake, ledger, now) == []
    frame = late_feeds(tiny.load(), tiny.home.lake, ledger, [parse_period("2026-09")], now)
    assert frame.is_empty()
    assert frame.schema["reason_zh"] == pl.String
