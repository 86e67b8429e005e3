"""The search for personal data finds it in every kind of file that a home holds."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from tests.personal_data import found_in


def test_what_is_planted_is_found_and_the_outside_of_the_door_is_left_alone(tmp_path: Path) -> None:
    for folder in ("lake/1", "lake/2", "landing", "demo/landing"):
        (tmp_path / folder).mkdir(parents=True)
    frame = pl.DataFrame({"text": ["联系13800138000"], "several": [["李女士", None]], "number": [13800138001]})
    for folder in ("lake/1", "lake/2"):
        frame.write_parquet(tmp_path / folder / "cases.parquet")
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as db:
        db.execute("create table t as select '京A12345' as plate, ['11010519491231002X'] as numbers")
    pl.DataFrame({"a": ["电话13900001111"]}).write_excel(tmp_path / "book.xlsx")
    (tmp_path / "said.log").write_text("to li.lei@example.com", encoding="utf-8")
    for outside in ("landing", "demo/landing", "reporter.key"):
        path = tmp_path / outside
        (path / "raw.csv" if path.is_dir() else path).write_text("13700002222", encoding="utf-8")
    assert found_in(tmp_path) == {
        "lake/1/cases.parquet: mobile": {"13800138000"},
        "lake/1/cases.parquet: name": {"李女士"},
        "warehouse.duckdb: plate": {"京A12345"},
        "warehouse.duckdb: identity number": {"11010519491231002X"},
        "book.xlsx: mobile": {"13900001111"},
        "said.log: e-mail": {"li.lei@example.com"},
    }
