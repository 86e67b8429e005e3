"""Keys of our own where the source's are broken."""

from __future__ import annotations

from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.errors import UsageError
from pipelines.ingest import csv_table
from pipelines.ingest.keys import KeyPlan, Keys
from tests.unit.conftest import HEADERS, TinyCity, row

ROWS = [row(内容="甲"), row(内容="乙"), row(内容="甲"), row(内容="甲"), row(内容="")]


def _keys(tiny: TinyCity, path: Path) -> list[str]:
    return tiny.accepted(tiny.land(path))["case_id"].to_list()


@pytest.fixture
def keyed(tiny: TinyCity) -> TinyCity:
    tiny.columns["case_id"] = {"key_of": ["大类", "内容"]}
    tiny.source["ignore"] = ["编号"]
    return tiny


def test_a_key_is_the_hash_of_the_texts_and_equal_rows_are_numbered(keyed: TinyCity) -> None:
    plain = {text: blake2b(f"01\x1f{text}".encode(), digest_size=12).hexdigest() for text in ("甲", "乙", "")}
    assert _keys(keyed, keyed.write(*ROWS)) == [
        plain["甲"],
        plain["乙"],
        f"{plain['甲']}-2",
        f"{plain['甲']}-3",
        plain[""],
    ]


def test_the_same_rows_in_other_bytes_have_the_same_keys(keyed: TinyCity) -> None:
    first = _keys(keyed, keyed.write(*ROWS))
    quoted = keyed.inputs / "quoted.csv"
    lines = (HEADERS, *ROWS)
    text = "\r\n".join(",".join(f'" {cell} "' for cell in line) for line in lines)
    quoted.write_bytes(b"\xef\xbb\xbf" + text.encode())
    book = keyed.inputs / "book.xlsx"
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet()
        for at, line in enumerate(lines):
            sheet.write_row(at, 0, line)
    assert _keys(keyed, quoted) == first
    assert _keys(keyed, book) == first


def test_a_rejected_row_keeps_its_number(keyed: TinyCity) -> None:
    """Corrected and delivered again, the first row gets the key it would have had; the second keeps its own."""
    whole = _keys(keyed, keyed.write(row(), row()))
    assert _keys(keyed, keyed.write(row(返工="x"), row(), name="b.csv")) == whole[1:]


def test_rows_out_of_scope_are_not_numbered(keyed: TinyCity) -> None:
    keyed.source["only_rows"] = [{"column": "返工", "equals": "0"}]
    keys = _keys(keyed, keyed.write(row(返工="1"), row(), row()))
    assert keys == [keys[0], f"{keys[0]}-2"]


def test_a_file_that_is_read_again_for_its_broken_rows_is_numbered_once(keyed: TinyCity) -> None:
    path = keyed.write(*ROWS, (*row(), "多余"))
    assert _keys(keyed, path) == _keys(keyed, keyed.write(*ROWS, name="whole.csv"))


def test_small_batches_give_the_same_keys(keyed: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [row(内容=str(i % 7)) for i in range(50)]
    whole = _keys(keyed, keyed.write(*many))
    monkeypatch.setattr(csv_table, "BATCH_ROWS", 3)
    path = keyed.write(*many, row(内容="x"), name="b.csv")
    assert _keys(keyed, path)[:-1] == whole


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from(["a", "b", "", None, " a "]), st.sampled_from(["", "b", "ab"]))),
    cuts=st.lists(st.integers(0, 40), max_size=5),
)
def test_keys_are_all_different_and_do_not_depend_on_the_batches(
    rows: list[tuple[str | None, str]], cuts: list[int]
) -> None:
    raw = pl.DataFrame(rows, schema={"c0": pl.String, "c1": pl.String}, orient="row")
    plan = (KeyPlan("case_id", ("c0", "c1")),)
    whole = Keys().add(raw, plan)["__key_case_id"].to_list()
    keys, parts = Keys(), []
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    for start, end in pairwise(edges):
        parts += keys.add(raw[start:end], plan)["__key_case_id"].to_list()
    assert parts == whole
    assert len(set(whole)) == len(rows)


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"rework_count": {"key_of": ["编号"]}}, "text"),
        ({"case_id": {"key_of": ["电话"]}, "reporter_key": "电话"}, "reporter_key"),
    ],
)
def test_a_key_of_numbers_or_of_a_telephone_is_refused(tiny: TinyCity, columns: dict[str, object], what: str) -> None:
    tiny.columns |= columns
    with pytest.raises(UsageError, match="key_of") as caught:
        tiny.load()
    assert what in str(caught.value)
