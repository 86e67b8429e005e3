"""Layouts that changed with the years, told by the file's name."""

from __future__ import annotations

from datetime import datetime

import pytest

from pipelines.errors import UsageError
from tests.unit.conftest import HEADERS, TinyCity, row

OLD = tuple({"编号": "流水号", "返工": "返工数"}.get(name, name) for name in HEADERS)


@pytest.fixture
def layered(tiny: TinyCity) -> TinyCity:
    tiny.source["dated_by"] = {"from_file_name": r"_(\d{4}-\d\d)", "formats": ["%Y-%m"]}
    tiny.source["layouts"] = [
        {
            "valid_to": "2026-03-31",
            "columns": {
                "case_id": "流水号",
                "rework_count": None,
                "reported_at": {"column": "上报时间", "formats": ["%d/%m/%Y"]},
            },
            "ignore": ["返工数"],
            "csv": {"delimiter": ";"},
        }
    ]
    return tiny


def _old(tiny: TinyCity, name: str) -> object:
    path = tiny.inputs / name
    lines = (OLD, row(上报时间="05/03/2026", 返工="7"))
    path.write_text("".join(";".join(line) + "\n" for line in lines), encoding="utf-8")
    return tiny.accepted(tiny.land(path)).select("case_id", "reported_at", "rework_count").row(0)


def test_a_file_is_read_by_the_layout_of_its_day(layered: TinyCity) -> None:
    assert _old(layered, "cases_2026-03.csv") == ("A1", datetime(2026, 3, 5), None)
    new = layered.accepted(layered.land(layered.write(row(), name="cases_2026-04.csv")))
    assert new.select("case_id", "reported_at", "rework_count").row(0) == ("A1", datetime(2026, 10, 1, 8), 0)


def test_the_other_layout_s_header_is_refused_with_its_names(layered: TinyCity) -> None:
    layered.source["layouts"][0].pop("csv")  # type: ignore[index]
    delivery = layered.land(layered.write(row(), name="cases_2026-03.csv"))
    assert delivery.state == "refused"
    assert [fault[1:3] for fault in layered.faults(delivery)] == [
        ("missing-label", "流水号"),
        ("extra-label", "编号"),
        ("extra-label", "返工"),
    ]


def test_a_file_without_a_day_is_refused_and_the_next_one_still_comes_in(layered: TinyCity) -> None:
    delivery = layered.land(layered.write(row(), name="cases.csv"))
    assert (delivery.state, layered.rejected(delivery)["reason"].to_list()) == ("refused", ["undated-file"])
    assert layered.land(layered.write(row(编号="B"), name="cases_2026-05.csv")).state == "accepted"


def test_a_day_no_layout_holds_on_is_refused_if_the_source_alone_does_not_suffice(layered: TinyCity) -> None:
    layered.columns = {name: spec for name, spec in layered.columns.items() if name != "case_id"}
    delivery = layered.land(layered.write(row(), name="cases_2026-04.csv"))
    assert layered.rejected(delivery)["reason"].to_list() == ["undated-file"]
    assert "case_id" in delivery.warnings[-1]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"dated_by": None}, "layouts need dated_by"),
        ({"dated_by": {"from_file_name": r"(\d+)", "formats": ["%H:%M"]}}, "tells no year"),
        ({"layouts": [{"valid_from": "2026-04-01", "valid_to": "2026-03-01"}]}, "lies before valid_from"),
        ({"layouts": [{"valid_to": "2026-04-01"}, {"valid_from": "2026-04-01"}]}, "must not overlap"),
        ({"layouts": [{"columns": {"closed_at": None}}]}, "there is none of that name"),
        ({"layouts": [{"columns": {"case_id": None}}]}, "cases needs case_id"),
        ({"layouts": [{"columns": {"close_at": "结案"}}]}, "did you mean 'closed_at'"),
    ],
)
def test_layouts_that_cannot_be_are_refused(layered: TinyCity, change: dict[str, object], what: str) -> None:
    layered.source |= change
    with pytest.raises(UsageError) as caught:
        layered.load()
    assert what in str(caught.value)
