"""A second file of the same delivery."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest

from pipelines.errors import UsageError
from pipelines.ingest import take_in
from tests.unit.conftest import HEADERS, TinyCity, row

SECOND = "单号,结果,备注\nA1, 满意 ,x\nA2,不满意,y\nA2,不满意,y\nA3,,z\n"


@pytest.fixture
def joined(tiny: TinyCity) -> TinyCity:
    tiny.source["files"] = ["*.csv"]
    tiny.source["joins"] = [{"file": "callbacks*.csv", "on": {"编号": "单号"}, "columns": {"回访": "结果"}}]
    tiny.columns["satisfaction"] = "回访"
    return tiny


def _second(tiny: TinyCity, text: str = SECOND, name: str = "callbacks.csv") -> Path:
    path = tiny.inputs / name
    path.write_text(text, encoding="utf-8")
    return path


ROWS = (row(), row(编号="A3"), row(编号=" A2 "))


def test_its_columns_are_put_to_the_rows_in_the_first_file_s_order(joined: TinyCity) -> None:
    _second(joined)
    frame = joined.accepted(joined.land(joined.write(*ROWS)))
    assert frame.select("case_id", "satisfaction", "source_row").rows() == [
        ("A1", "满意", 2),
        ("A3", None, 3),
        ("A2", "不满意", 4),
    ]


def test_a_row_without_partner_is_rejected_or_left_blank_as_declared(joined: TinyCity) -> None:
    _second(joined)
    delivery = joined.land(joined.write(*ROWS, row(编号="A9"), row(编号="")))
    assert joined.faults(delivery) == [
        (5, "foreign-key-error", "编号", "A9"),
        (6, "foreign-key-error", "编号", ""),
    ]
    assert (delivery.rows, delivery.accepted, delivery.rejected) == (5, 3, 2)
    joined.source["joins"][0]["otherwise"] = "blank"  # type: ignore[index]
    delivery = joined.land(joined.write(*ROWS, row(编号="A9")))
    assert joined.accepted(delivery)["satisfaction"].to_list() == ["满意", None, "不满意", None]


def test_row_filters_may_use_its_columns(joined: TinyCity) -> None:
    _second(joined)
    joined.source["only_rows"] = [{"column": "回访", "not_blank": True}]
    delivery = joined.land(joined.write(*ROWS, row(编号="A9")))
    assert (delivery.accepted, delivery.rejected, delivery.out_of_scope) == (2, 0, 2)


def test_both_files_make_the_delivery(joined: TinyCity) -> None:
    """Another second file is another delivery; the same two again are not taken in; both lie in landing."""
    second = _second(joined)
    first = joined.write(*ROWS)
    delivery = joined.land(first)
    digests = [sha256(path.read_bytes()).hexdigest() for path in (first, second)]
    assert delivery.sha256 == sha256("\n".join(digests).encode()).hexdigest()
    landed = joined.home.landing / delivery.delivery_id
    assert sorted(path.name for path in landed.iterdir()) == ["callbacks.csv", "cases.csv"]
    assert (landed / "callbacks.csv").stat().st_mode & 0o777 == 0o600
    with pytest.raises(AssertionError):  # nothing new
        joined.land(first)
    second.write_text(SECOND.replace("满意 ", "一般"), encoding="utf-8")
    again = joined.land(first)
    assert again.delivery_id != delivery.delivery_id
    assert joined.accepted(again)["satisfaction"][0] == "一般"


def test_a_second_file_alone_is_no_delivery(joined: TinyCity) -> None:
    second = _second(joined)
    first = joined.write(*ROWS)
    with pytest.raises(UsageError, match="second file"):
        joined.land(second)
    city = joined.load()
    found = take_in(city, joined.home, joined.inputs, say=joined.said.append, check=lambda contract, sample: [])
    assert [delivery.file for delivery in found] == [first.name]


def test_a_second_file_that_is_still_written_is_waited_for(joined: TinyCity) -> None:
    city = joined.load()
    inbox = joined.home.inbox / "hotline"
    inbox.mkdir(parents=True)
    first, second = inbox / "cases.csv", inbox / "callbacks.csv"
    first.write_bytes(joined.write(*ROWS).read_bytes())
    second.write_bytes(_second(joined).read_bytes())
    quiet = time.time() - 60
    os.utime(first, (quiet, quiet))
    assert take_in(city, joined.home, None, say=joined.said.append, check=lambda contract, sample: []) == []
    assert "still being written" in joined.said[-1]
    os.utime(second, (quiet, quiet))
    assert len(take_in(city, joined.home, None, say=joined.said.append, check=lambda contract, sample: [])) == 1


@pytest.mark.parametrize("is_anew", [False, True])
def test_a_second_file_leaves_the_inbox_with_its_first_unless_it_came_anew(joined: TinyCity, *, is_anew: bool) -> None:
    joined.source["joins"][0]["file"] = "{stem}_callbacks.csv"
    inbox = joined.home.inbox / "hotline"
    inbox.mkdir(parents=True)
    first = joined.write(*ROWS).rename(inbox / "cases.csv")
    second = _second(joined).rename(inbox / "cases_callbacks.csv")
    quiet = time.time() - 60
    for path in (first, second):
        os.utime(path, (quiet, quiet))

    def meanwhile(*_: object) -> list[object]:
        if is_anew:
            second.write_bytes(second.read_bytes() + b"A9,x,y\n")
        return []

    (delivery,) = take_in(joined.load(), joined.home, None, say=joined.said.append, check=meanwhile)
    assert delivery.state == "accepted"
    assert not first.exists()
    assert second.exists() == is_anew


@pytest.mark.parametrize(
    ("seconds", "reason", "detail"),
    [
        ({}, "missing-file", "no file beside it fits 'callbacks*.csv'"),
        ({"callbacks_1.csv": SECOND, "callbacks_2.csv": SECOND}, "missing-file", "callbacks_1.csv, callbacks_2.csv"),
        ({"callbacks.csv": "单号,备注\nA1,x\n"}, "missing-label", "callbacks.csv has no column '结果'"),
        ({"callbacks.csv": SECOND + "A1,一般,x\n"}, "unique-error", "1 values of '单号'"),
        ({"callbacks.csv": ""}, "empty-file", "no bytes"),
    ],
)
def test_a_second_file_that_is_not_fit_refuses_the_delivery(
    joined: TinyCity, seconds: dict[str, str], reason: str, detail: str
) -> None:
    for name, text in seconds.items():
        _second(joined, text, name)
    delivery = joined.land(joined.write(*ROWS))
    assert (delivery.state, delivery.rows, delivery.reasons) == ("refused", 3, {reason: 3})
    assert joined.rejected(delivery)["reason"].to_list() == [reason]
    assert detail in delivery.warnings[-1]


def test_the_second_file_of_each_month(joined: TinyCity) -> None:
    joined.source["joins"][0]["file"] = "callbacks_{date}.csv"  # type: ignore[index]
    joined.source["dated_by"] = {"from_file_name": r"_(\d{4}-\d\d)"}
    for month, answer in (("2026-01", "满意"), ("2026-02", "一般")):
        _second(joined, f"单号,结果\nA1,{answer}\n", f"callbacks_{month}.csv")
        delivery = joined.land(joined.write(row(), name=f"cases_{month}.csv"))
        assert joined.accepted(delivery)["satisfaction"].to_list() == [answer]


def test_broken_rows_and_keys_go_together_with_a_join(joined: TinyCity) -> None:
    _second(joined)
    joined.columns["case_id"] = {"key_of": ["编号", "回访"]}
    delivery = joined.land(joined.write(*ROWS, (*row(), "多余"), row()))
    keys = joined.accepted(delivery)["case_id"].to_list()
    assert keys[3] == f"{keys[0]}-2"
    assert joined.faults(delivery) == [(5, "broken-row", None, f"{len(HEADERS) + 1} fields, not {len(HEADERS)}")]


def test_the_header_of_the_second_file_is_not_asked_of_the_first(joined: TinyCity) -> None:
    _second(joined)
    delivery = joined.land(joined.write((*row(), "满意"), headers=(*HEADERS, "回访")))
    assert [fault[1:3] for fault in joined.faults(delivery)] == [("extra-label", "回访")]
