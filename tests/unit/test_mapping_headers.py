"""Header drift: every difference is named on both sides."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.ingest.headers import order_changes
from pipelines.ingest.ledger import read_ledger
from tests.unit.conftest import HEADERS, TinyCity, row


def _shuffled(tiny: TinyCity, order: list[str], name: str, **changes: str) -> Path:
    cells = dict(zip(HEADERS, row(**changes), strict=True))
    return tiny.write(tuple(cells[header] for header in order), headers=tuple(order), name=name)


def test_a_reordered_header_is_read_by_name_and_told(tiny: TinyCity) -> None:
    first = tiny.land(tiny.write(row()))
    assert first.warnings == []
    order = ["编号", "单位", *[name for name in HEADERS[1:] if name != "单位"]]
    delivery = tiny.land(_shuffled(tiny, order, "b.csv", 编号="B1"))
    assert delivery.state == "accepted"
    assert (
        tiny.accepted(delivery)
        .drop("case_id", "delivery_id", "source_file")
        .equals(tiny.accepted(first).drop("case_id", "delivery_id", "source_file"))
    )
    assert delivery.warnings == [
        "the columns stand in another order than in cases.csv; they are read by name: '单位' stands at 2, before at 4"
    ]


def test_the_order_is_compared_with_the_latest_delivery(tiny: TinyCity) -> None:
    tiny.land(tiny.write(row()))
    order = list(reversed(HEADERS))
    assert len(tiny.land(_shuffled(tiny, order, "b.csv", 编号="B1")).warnings) == 1
    assert tiny.land(_shuffled(tiny, order, "c.csv", 编号="C1")).warnings == []
    assert [d.headers for d in read_ledger(tiny.home.lake)] == [list(HEADERS), order, order]


def test_a_refused_delivery_is_no_measure_of_order(tiny: TinyCity) -> None:
    refused = tiny.land(tiny.write(row()[:-1], headers=tuple(reversed(HEADERS[:-1]))))
    assert (refused.state, refused.headers) == ("refused", [])
    assert tiny.land(tiny.write(row(), name="b.csv")).warnings == []


def test_a_ledger_of_before_is_still_read(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row()))
    entry = tiny.home.lake / "deliveries" / f"{delivery.delivery_id}.parquet"
    pl.read_parquet(entry).drop("headers").write_parquet(entry)
    assert [(d.delivery_id, d.headers) for d in read_ledger(tiny.home.lake)] == [(delivery.delivery_id, [])]


@given(
    before=st.permutations("abcdefg"),
    gone=st.sets(st.sampled_from("abcdefg"), max_size=3),
    now=st.permutations("abcdefgh"),
)
def test_order_changes_names_moved_columns_and_leaves_the_others_in_order(
    before: list[str], gone: set[str], now: list[str]
) -> None:
    here = [name for name in now if name not in gone]
    told = order_changes(before, here)
    old, new = [n for n in before if n in here], [n for n in here if n in before]
    assert (told == "") == (old == new)
    moved = [name for name in new if f"'{name}'" in told]
    if "more" not in told:
        assert [name for name in old if name not in moved] == [name for name in new if name not in moved]
    assert all(
        f"'{name}' stands at {here.index(name) + 1}, before at {before.index(name) + 1}" in told for name in moved
    )


def test_renamed_columns_are_paired_one_to_one(tiny: TinyCity) -> None:
    headers = tuple(
        {"上报时间": "上报日期时间", "单位": "责任单位", "内容": "备注"}.get(name, name) for name in HEADERS
    )
    delivery = tiny.land(tiny.write(row(), headers=headers))
    found = tiny.rejected(delivery).select("reason", "column_name", "remedy_en", "source_row").rows()
    near = {(reason, label): en.split("nearest name is ")[1] for reason, label, en, _ in found if "nearest" in en}
    assert near == {
        ("missing-label", "上报时间"): "'上报日期时间'",
        ("extra-label", "上报日期时间"): "'上报时间'",
        ("missing-label", "单位"): "'责任单位'",
        ("extra-label", "责任单位"): "'单位'",
    }
    assert {(reason, label) for reason, label, _, _ in found} - set(near) == {
        ("missing-label", "内容"),
        ("extra-label", "备注"),
    }
    assert {line for *_, line in found} == {1}
    assert "missing-label '单位' (nearest: '责任单位')" in delivery.warnings[-1]


def test_an_optional_column_is_no_error_and_its_lack_is_told(tiny: TinyCity) -> None:
    tiny.columns["closed_at"] = {"column": ["结案时间", "办结时间"], "optional": True}
    delivery = tiny.land(tiny.write(row()))
    assert delivery.state == "accepted"
    assert delivery.warnings == ["the optional column '结案时间/办结时间' is not in the file"]
    assert tiny.accepted(delivery)["closed_at"].to_list() == [None]


def test_a_file_without_a_header_line_tells_nothing_of_its_first_row(tiny: TinyCity) -> None:
    """Its cells may be anybody's."""
    person = ("王小明", "13800138000", "S1", "D1", "2026-10-01 08:00:00", "0", "否", "幸福路8号3单元")
    delivery = tiny.land(tiny.write(row(), headers=person))
    assert (delivery.state, delivery.rows) == ("refused", 1)
    told = str(tiny.rejected(delivery).to_dicts()) + str(delivery) + str(tiny.said)
    assert not [cell for cell in ("王小明", "13800138000", "幸福路") if cell in told]
    assert "csv.headers" in delivery.warnings[-1]
    assert set(tiny.rejected(delivery)["column_name"]) == set(HEADERS)


@pytest.mark.parametrize("blank", ["", " "])
def test_a_column_without_a_name_is_told_by_its_place(tiny: TinyCity, blank: str) -> None:
    delivery = tiny.land(tiny.write((*row(), "x"), headers=(*HEADERS, blank)))
    assert [fault[1:3] for fault in tiny.faults(delivery)] == [("extra-label", "(column 9, which has no name)")]
