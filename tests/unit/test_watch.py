"""Levels that warn and stop, stopped deliveries, and the decisions of people about them."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.errors import UsageError
from pipelines.ingest import take_in
from pipelines.ingest.ledger import Delivery, read_ledger
from pipelines.ingest.overrides import decide, read_decisions
from pipelines.ingest.thresholds import settle
from tests.unit.conftest import TinyCity, row

LAYOUT = {"from_file_name": r"_(\d{8})", "formats": ["%Y%m%d"]}


def _rows(good: int, bad: int = 0, **fault: str) -> list[tuple[str, ...]]:
    fault = fault or {"返工": "x"}
    return [row(编号=f"G{n}") for n in range(good)] + [row(编号=f"B{n}", **fault) for n in range(bad)]


def _state(tiny: TinyCity, delivery: Delivery) -> Delivery:
    return next(d for d in read_ledger(tiny.home.lake) if d.delivery_id == delivery.delivery_id)


def _used(tiny: TinyCity) -> set[str]:
    return {p.stem for p in (tiny.home.lake / "accepted" / "cases").glob("hotline-*")}


@pytest.mark.parametrize(
    ("bad", "level"),
    [(0, []), (5, []), (6, ["warn"]), (20, ["warn"]), (21, ["stop"])],  # of 100 rows; the level itself is still good
)
def test_the_share_of_rejected_rows(tiny: TinyCity, bad: int, level: list[str]) -> None:
    tiny.source["watch"] = {"rejected_share": {"warn": 0.05, "stop": 0.2}}
    delivery = tiny.land(tiny.write(*_rows(100 - bad, bad)))
    assert [alert["level"] for alert in delivery.alerts] == level
    assert delivery.state == ("stopped" if level == ["stop"] else "accepted")
    assert (delivery.accepted, delivery.rejected) == (100 - bad, bad)
    if level:
        assert f"{bad} of 100 rows rejected ({bad}.00%)" in delivery.alerts[0]["en"]


@pytest.mark.parametrize(
    ("watch", "fault"),
    [("unknown_unit_share", {"单位": "X9"}), ("unknown_unit_share", {"区域": "X9"}),
     ("unknown_category_share", {"大类": "77"})],
)  # fmt: skip
def test_the_share_of_unknown_codes(tiny: TinyCity, watch: str, fault: dict[str, str]) -> None:
    tiny.source["watch"] = {watch: {"stop": 0.1}}
    assert tiny.land(tiny.write(*_rows(9, 1, **fault), name="1.csv")).state == "accepted"
    other = tiny.land(tiny.write(*_rows(8, 2), name="2.csv"))  # rejected for something else
    assert (other.state, other.alerts) == ("accepted", [])
    stopped = tiny.land(tiny.write(*_rows(8, 2, **fault), name="3.csv"))
    assert (stopped.state, [a["what"] for a in stopped.alerts]) == ("stopped", [watch])


def test_a_row_with_two_unknown_units_counts_once(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"unknown_unit_share": {"stop": 0.1}}
    assert tiny.land(tiny.write(*_rows(9, 1, 单位="X9", 区域="X8"))).state == "accepted"


def test_the_number_of_rows_against_the_median_of_earlier_ones(tiny: TinyCity) -> None:
    tiny.source["extracted_at"] = LAYOUT
    tiny.source["watch"] = {
        "row_count": {"warn": {"below": 0.5, "above": 2}, "stop": {"below": 0.1, "above": 10}, "after": 3}
    }
    for day, count in ((1, 1), (2, 20), (3, 22)):  # two before the third: nothing is judged yet
        assert tiny.land(tiny.write(*_rows(count), name=f"c_2026100{day}.csv")).alerts == []
    outcomes = {10: [], 9: ["warn"], 40: [], 41: ["warn"], 200: ["warn"], 201: ["stop"], 2: ["warn"], 1: ["stop"]}
    for count, level in outcomes.items():
        delivery = tiny.land(tiny.write(*(row(编号=f"{count}-{n}") for n in range(count)), name="c_20261004.csv"))
        assert [alert["level"] for alert in delivery.alerts] == level, count
        for path in tiny.home.lake.rglob(f"{delivery.delivery_id}.parquet"):
            path.unlink()


def test_a_stopped_delivery_is_no_measure_for_later_ones(tiny: TinyCity) -> None:
    tiny.source["extracted_at"] = LAYOUT
    tiny.source["watch"] = {"row_count": {"stop": {"above": 3}, "after": 1}}
    tiny.land(tiny.write(*_rows(2), name="c_20261001.csv"))
    assert tiny.land(tiny.write(*_rows(50), name="c_20261002.csv")).state == "stopped"
    assert tiny.land(tiny.write(*(row(编号=f"N{n}") for n in range(49)), name="c_20261003.csv")).state == "stopped"


def test_a_stop_does_not_depend_on_the_order_of_arrival(tiny: TinyCity) -> None:
    """The large one is stopped because an earlier extract was small, even where that comes in last."""
    tiny.source["extracted_at"] = LAYOUT
    tiny.source["watch"] = {"row_count": {"stop": {"above": 3}, "after": 1}}
    large = tiny.land(tiny.write(*_rows(50), name="c_20261002.csv"))
    assert large.state == "accepted"
    small = tiny.land(tiny.write(*_rows(2), name="c_20261001.csv"))
    assert (_state(tiny, large).state, _state(tiny, small).state) == ("stopped", "accepted")


def test_a_stopped_delivery_is_kept_out_of_what_the_warehouse_reads(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"rejected_share": {"stop": 0.1}}
    delivery = tiny.land(tiny.write(*_rows(2, 2)))
    assert _used(tiny) == set()
    kept = pl.read_parquet(tiny.home.lake / "stopped" / "cases" / f"{delivery.delivery_id}.parquet")
    assert kept["case_id"].to_list() == ["G0", "G1"]
    assert "is stopped, kept and not used" in tiny.said[-1]
    tiny.land(tiny.write(row(编号="Z"), name="2.csv"))  # a later run sweeps nothing of it away
    assert (tiny.home.lake / "stopped" / "cases" / f"{delivery.delivery_id}.parquet").is_file()


def test_changed_levels_hold_for_what_came_in_before(tiny: TinyCity) -> None:
    path = tiny.write(*_rows(2, 2))
    delivery = tiny.land(path)
    assert _used(tiny) == {delivery.delivery_id}
    tiny.source["watch"] = {"rejected_share": {"stop": 0.1}}
    assert take_in(tiny.load(), tiny.home, tiny.inputs, say=tiny.said.append, check=lambda c, s: []) == []
    assert (_state(tiny, delivery).state, _used(tiny)) == ("stopped", set())
    del tiny.source["watch"]
    take_in(tiny.load(), tiny.home, tiny.inputs, say=tiny.said.append, check=lambda c, s: [])
    assert (_state(tiny, delivery).state, _used(tiny)) == ("accepted", {delivery.delivery_id})


def test_a_kill_between_ledger_and_files_is_put_right(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"rejected_share": {"stop": 0.1}}
    delivery = tiny.land(tiny.write(*_rows(2, 2)))
    aside = tiny.home.lake / "stopped" / "cases" / f"{delivery.delivery_id}.parquet"
    aside.rename(tiny.home.lake / "accepted" / "cases" / aside.name)
    take_in(tiny.load(), tiny.home, None, say=tiny.said.append, check=lambda c, s: [])
    assert aside.is_file()
    assert _used(tiny) == set()


def test_a_person_lets_it_in_with_name_and_reason(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"rejected_share": {"stop": 0.1}}
    delivery = tiny.land(tiny.write(*_rows(2, 2)))
    city = tiny.load()
    decide(city, tiny.home, delivery.delivery_id[:14], kind="let_in", by=" 王芳 ", reason="已与来源核实")
    settle(city, tiny.home, tiny.said.append)
    now = _state(tiny, delivery)
    assert (now.state, now.decision, now.decided_by, now.decision_reason) == (
        "accepted",
        "let_in",
        "王芳",
        "已与来源核实",
    )
    assert [alert["level"] for alert in now.alerts] == ["stop"]
    assert _used(tiny) == {delivery.delivery_id}
    before = {p: p.read_bytes() for p in (tiny.home.lake / "overrides").iterdir()}
    decide(city, tiny.home, delivery.delivery_id, kind="keep_out", by="李强", reason="数据有误")
    settle(city, tiny.home, tiny.said.append)
    assert (_state(tiny, delivery).state, _used(tiny)) == ("stopped", set())
    assert {p: p.read_bytes() for p in before} == before  # appended, nothing changed
    assert read_decisions(tiny.home.lake)[delivery.delivery_id].decided_by == "李强"
    assert len(list((tiny.home.lake / "overrides").iterdir())) == 2


def test_the_reason_of_a_decision_is_masked(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"rejected_share": {"stop": 0.1}}
    delivery = tiny.land(tiny.write(*_rows(2, 2)))
    city, reason = tiny.load(), "已与来源核实，电话13800138000"
    decide(city, tiny.home, delivery.delivery_id, kind="let_in", by="王芳", reason=reason)
    assert read_decisions(tiny.home.lake)[delivery.delivery_id].decision_reason == "已与来源核实，电话***"


def test_a_decision_outlives_reading_again(tiny: TinyCity) -> None:
    tiny.source["watch"] = {"rejected_share": {"stop": 0.1}}
    path = tiny.write(*_rows(2, 2))
    delivery = tiny.land(path)
    decide(tiny.load(), tiny.home, delivery.delivery_id, kind="let_in", by="A", reason="B")
    tiny.columns["is_urgent"] = {"column": "紧急", "map": {"否": False}}
    assert (again := tiny.land(path)).delivery_id == delivery.delivery_id
    assert (again.state, again.decided_by) == ("accepted", "A")


@pytest.mark.parametrize(("by", "reason"), [("", "x"), ("x", " ")])
def test_a_decision_needs_name_and_reason(tiny: TinyCity, by: str, reason: str) -> None:
    tiny.source["watch"] = {"rejected_share": {"stop": 0.1}}
    delivery = tiny.land(tiny.write(*_rows(2, 2)))
    with pytest.raises(UsageError, match="needs a name and a reason"):
        decide(tiny.load(), tiny.home, delivery.delivery_id, kind="let_in", by=by, reason=reason)


def test_only_a_stopped_delivery_is_decided_about(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row()))
    with pytest.raises(UsageError, match="was not stopped: it is accepted"):
        decide(tiny.load(), tiny.home, delivery.delivery_id, kind="let_in", by="A", reason="B")
    with pytest.raises(UsageError, match="there is no delivery 'x'"):
        decide(tiny.load(), tiny.home, "x", kind="let_in", by="A", reason="B")


@pytest.mark.parametrize(
    ("watch", "says"),
    [
        ({"rejected_share": {"warn": 0.5, "stop": 0.1}}, "stop lies below warn"),
        ({"rejected_share": {}}, "give warn, stop or both"),
        ({"rejected_share": {"stop": 7}}, "watch.rejected_share.stop"),
        ({"row_count": {"stop": {"below": 0.5}, "warn": {"below": 0.2}}}, "stop.below lies above warn.below"),
        ({"due": {"every": "fortnight", "within_days": 1}}, "watch.due.every"),
        ({"stale_days": {"stop": 3, "warn": 9}}, "stop lies below warn"),
        ({"units": ["Q7"], "due": {"every": "month", "within_days": 1}}, "'Q7' is not a unit"),
        ({"rejected_sahre": {"stop": 0.1}}, "rejected_sahre"),
    ],
)
def test_a_wrong_watch_is_refused(tiny: TinyCity, watch: dict[str, object], says: str) -> None:
    tiny.source["watch"] = watch
    with pytest.raises(UsageError) as caught:
        tiny.load()
    assert says in str(caught.value)
