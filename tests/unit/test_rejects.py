"""Rejects: the published list, the key of a rejected row, what closes it, and the workbook to send back."""

from __future__ import annotations

from pathlib import Path

import fastexcel
import polars as pl

from pipelines.export.reject_workbook import reject_table, write_reject_workbook
from pipelines.ingest import land_files
from pipelines.ingest.closings import closings, rejects_with_state
from pipelines.ingest.ledger import Delivery, read_ledger
from pipelines.ingest.reasons import WORDS, table
from pipelines.ingest.rejects import REMEDIES
from pipelines.settings import REPO
from tests.unit.conftest import HEADERS, TinyCity, row

# https://framework.frictionlessdata.io/docs/errors: the types of error of its version 5
FRICTIONLESS = {
    "error", "general-error", "package-error", "resource-error", "pipeline-error", "task-error", "report-error",
    "schema-error", "field-error", "inquiry-error", "detector-error", "dialect-error", "control-error", "stats-error",
    "file-error", "scheme-error", "format-error", "encoding-error", "compression-error", "source-error", "check-error",
    "hash-count", "byte-count", "field-count", "row-count", "header-error", "blank-header", "label-error",
    "extra-label", "missing-label", "blank-label", "duplicate-label", "incorrect-label", "row-error", "blank-row",
    "primary-key", "foreign-key", "duplicate-row", "row-constraint", "cell-error", "extra-cell", "missing-cell",
    "type-error", "constraint-error", "unique-error", "truncated-value", "forbidden-value", "sequential-value",
}  # fmt: skip


def _states(tiny: TinyCity) -> dict[tuple[str, int | None], tuple[str, str | None]]:
    """(file, row) → (state, name of the file that closed it)."""
    ledger = read_ledger(tiny.home.lake)
    names = {d.delivery_id: d.file for d in ledger}
    frame = rejects_with_state(tiny.home, ledger)
    return {
        (r["source_file"], r["source_row"]): (r["closed_how"] or r["state"], names.get(r["closed_by"]))
        for r in frame.to_dicts()
    }


def test_every_reason_has_words_a_remedy_and_a_type_of_frictionless() -> None:
    assert set(WORDS) >= set(REMEDIES)
    for reason, told in WORDS.items():
        types = [name.split(" ")[0] for name in told.frictionless.split(", ")]
        assert types, reason
        assert set(types) <= FRICTIONLESS, reason


def test_the_guide_shows_the_published_list() -> None:
    guide = (REPO / "docs" / "guide" / "door.md").read_text(encoding="utf-8")
    assert table() in guide, "run: python -m pipelines.ingest.reasons, and put what it prints into docs/guide/door.md"


def test_a_corrected_row_closes_its_reject_and_stands_in_the_lake(tiny: TinyCity) -> None:
    tiny.land(tiny.write(row(编号="A1", 返工="x"), row(编号="A2", 单位="甲"), row(编号="A3"), name="1.csv"))
    assert set(_states(tiny).values()) == {("open", None)}
    second = tiny.land(tiny.write(row(编号="A1", 返工="2"), name="2.csv"))
    assert tiny.accepted(second)["case_id"].to_list() == ["A1"]
    assert _states(tiny) == {("1.csv", 2): ("row_accepted", "2.csv"), ("1.csv", 3): ("open", None)}


def test_the_key_is_compared_as_it_is_read(tiny: TinyCity) -> None:
    """White space at its ends is no part of a key; a row of another key closes nothing."""
    tiny.land(tiny.write(row(编号=" A1 ", 返工="x"), name="1.csv"))
    tiny.land(tiny.write(row(编号="A11"), name="2.csv"))
    assert _states(tiny)[("1.csv", 2)] == ("open", None)
    tiny.land(tiny.write(row(编号="A1"), name="3.csv"))
    assert _states(tiny)[("1.csv", 2)] == ("row_accepted", "3.csv")


def test_the_same_row_rejected_again_leaves_one_open_reject(tiny: TinyCity) -> None:
    tiny.land(tiny.write(row(返工="x"), name="1.csv"))
    tiny.land(tiny.write(row(返工="y"), name="2.csv"))
    assert _states(tiny) == {("1.csv", 2): ("row_rejected_again", "2.csv"), ("2.csv", 2): ("open", None)}
    tiny.land(tiny.write(row(返工="1"), name="3.csv"))
    assert {how for how, _ in _states(tiny).values()} == {"row_accepted"}


def test_an_accepted_row_that_was_there_before_closes_nothing(tiny: TinyCity) -> None:
    tiny.land(tiny.write(row(), name="1.csv"))
    tiny.land(tiny.write(row(返工="x"), name="2.csv"))
    assert _states(tiny) == {("2.csv", 2): ("open", None)}


def test_what_is_later_is_told_by_the_extract_whatever_came_in_first(tiny: TinyCity) -> None:
    tiny.source["extracted_at"] = {"from_file_name": r"_(\d{8})", "formats": ["%Y%m%d"]}
    good = tiny.write(row(), name="a_20261002.csv")
    bad = tiny.write(row(返工="x"), name="b_20261001.csv")
    tiny.land(good)
    tiny.land(bad)
    assert _states(tiny) == {("b_20261001.csv", 2): ("row_accepted", "a_20261002.csv")}


def test_a_row_without_a_key_is_closed_by_its_file_or_by_all_its_rows(tiny: TinyCity) -> None:
    tiny.land(tiny.write(row(编号=""), row(编号="A2"), row(编号="A3"), name="1.csv"))
    tiny.land(tiny.write(row(编号="A2"), name="part.csv"))  # not all the rows that came with it
    assert _states(tiny)[("1.csv", 2)] == ("open", None)
    tiny.land(tiny.write(row(编号="A9"), row(编号="A2"), row(编号="A3"), name="corrected.csv"))
    assert _states(tiny)[("1.csv", 2)] == ("file_again", "corrected.csv")


def test_a_refused_file_is_closed_by_the_same_file_again(tiny: TinyCity) -> None:
    headers = ("编号", "大类", "区域", "单位", "上报", "返工", "紧急", "内容")
    assert tiny.land(tiny.write(row(), headers=headers, name="1.csv")).state == "refused"
    tiny.land(tiny.write(row(编号="B"), name="2.csv"))
    assert "open" in {how for how, _ in _states(tiny).values()}
    tiny.land(tiny.write(row(), name="1.csv"))
    assert {how for how, _ in _states(tiny).values()} == {"file_again"}


def test_the_key_of_a_rejected_row_is_no_plain_text(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row(编号="13812345678", 返工="x")))
    (key,) = tiny.rejected(delivery)["row_key"]
    assert len(key) == 32
    everything = b"".join(path.read_bytes() for path in tiny.home.lake.rglob("rejected/*.parquet"))
    assert b"13812345678" not in everything


def test_closings_are_worked_out_again_when_the_ledger_changes_only(tiny: TinyCity) -> None:
    tiny.land(tiny.write(row(返工="x"), name="1.csv"))
    assert closings(tiny.home).height == 0
    kept = tiny.home.lake / "run" / "closings.parquet"
    before = kept.stat().st_mtime_ns
    closings(tiny.home)
    assert kept.stat().st_mtime_ns == before
    tiny.land(tiny.write(row(), name="2.csv"))
    assert closings(tiny.home)["closed_how"].to_list() == ["row_accepted"]


def _workbook(tiny: TinyCity, deliveries: list[Delivery], *, with_closed: bool = False) -> Path:
    city = tiny.load()
    table = reject_table(city, tiny.home, deliveries)
    path = tiny.home.root / "r.xlsx"
    return write_reject_workbook(path, city, table, deliveries, with_closed=with_closed)


def test_the_workbook_says_where_what_why_and_what_to_do(tiny: TinyCity) -> None:
    first = tiny.land(
        tiny.write(
            row(编号="A1", 返工='=HYPERLINK("http://x")'.replace(",", "")), row(编号="A2", 返工="x"), name="1.csv"
        )
    )
    tiny.land(tiny.write(row(编号="A2"), name="2.csv"))
    path = _workbook(tiny, [first])
    book = fastexcel.read_excel(path)
    assert book.sheet_names == ["说明", "汇总", "小城"]
    sheet = book.load_sheet("小城", header_row=2, dtypes="string").to_polars()
    assert [name.split("\n")[0] for name in sheet.columns[:7]] == [
        "文件", "行", "列名", "字段", "值（已脱敏）", "原因", "如何处理",
    ]  # fmt: skip
    assert [name.split("\n")[1] for name in sheet.columns[:3]] == ["File", "Row", "Column in the file"]
    assert sheet.height == 1  # the closed one is left out
    assert sheet.row(0)[:5] == ("1.csv", "2", "返工", "返工次数 Times sent back for rework", '=HYPERLINK("http://x")')
    everything = fastexcel.read_excel(_workbook(tiny, [first], with_closed=True))
    states = everything.load_sheet("小城", header_row=2, dtypes="string").to_polars()["状态\nState"].to_list()
    assert states == ["未改正 open", "已改正 closed: the row came in"]


def test_nothing_in_the_workbook_is_a_formula(tiny: TinyCity) -> None:
    import zipfile  # noqa: PLC0415

    first = tiny.land(tiny.write(row(编号="A1", 返工="=1+1"), row(编号="A2", 返工="@x"), name="1.csv"))
    with zipfile.ZipFile(_workbook(tiny, [first])) as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) == 3
    assert not any(b"<f>" in sheet or b"<f " in sheet for sheet in sheets)


def test_the_same_rejects_give_the_same_bytes(tiny: TinyCity) -> None:
    first = tiny.land(tiny.write(row(返工="x"), name="1.csv"))
    assert _workbook(tiny, [first]).read_bytes() == _workbook(tiny, [first]).read_bytes()


def test_a_telephone_number_goes_into_no_workbook(tiny: TinyCity) -> None:
    tiny.columns["reporter_key"] = "电话"
    path = tiny.write((*row(返工="13812345678a"), "13812345678"), headers=(*HEADERS, "电话"), name="1.csv")
    city = tiny.load()
    (first,) = land_files(city, tiny.home, city.sources["hotline"], [path], say=tiny.said.append, check=lambda c, s: [])
    cells = fastexcel.read_excel(_workbook(tiny, [first])).load_sheet("小城", header_row=2, dtypes="string").to_polars()
    assert not any("138" in (cell or "") for line in cells.rows() for cell in line)


def test_rejects_of_an_earlier_version_are_read(tiny: TinyCity) -> None:
    first = tiny.land(tiny.write(row(返工="x"), name="1.csv"))
    path = tiny.home.lake / "rejected" / f"{first.delivery_id}.parquet"
    pl.read_parquet(path).drop("row_key").write_parquet(path)
    tiny.land(tiny.write(row(), name="2.csv"))
    assert _states(tiny) == {("1.csv", 2): ("open", None)}
