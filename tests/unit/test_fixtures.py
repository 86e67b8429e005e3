"""Each file of tests/fixtures through the door, as ``cityeval land`` takes it, against outcomes written by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from expectations import check_batch
from pipelines.contracts import DELIVERED
from pipelines.errors import UsageError
from pipelines.ingest.discover import files_of
from pipelines.ingest.ledger import Delivery, read_ledger
from tests.fixtures.city import fixture_city, take
from tests.fixtures.make import FOLDER
from tests.unit.conftest import TinyCity

EXPECTED: dict[str, dict[str, Any]] = {
    name: told
    for part in ("expected_files.yaml", "expected_rows.yaml", "expected_later.yaml")
    for name, told in yaml.safe_load((FOLDER / part).read_text(encoding="utf-8")).items()
}
REFERENCE = [name for name, told in EXPECTED.items() if "reference" in told]
FILES = [name for name in EXPECTED if name not in REFERENCE]
ROW = ["source_row", "reason", "column_name", "value"]


def test_every_file_has_its_outcome_and_is_small() -> None:
    files = {path.name: path.stat().st_size for path in FOLDER.iterdir() if path.suffix not in (".py", ".yaml", ".pyc")}
    files.pop("__pycache__", None)
    assert set(files) == set(EXPECTED)
    assert max(files.values()) < 20_000


def test_the_files_are_those_that_the_script_writes(tmp_path: Path) -> None:
    code = f"import pathlib, tests.fixtures.make as m; m.FOLDER = pathlib.Path({str(tmp_path)!r}); m.main()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=FOLDER.parent.parent, timeout=60)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_ends_as_the_specification_says(tmp_path: Path, name: str) -> None:
    told = EXPECTED[name]
    tiny = fixture_city(tmp_path, told.get("source", {}), told.get("settings", {}))
    beside = {file: text.encode() for file, text in told.get("beside", {}).items()}
    tiny.reference |= beside
    if "left_alone" in told:
        (tiny.inputs / name).write_bytes((FOLDER / name).read_bytes())
        assert files_of(tiny.load().sources["hotline"], tiny.home, tiny.inputs) == []
        return
    if "after" in told:
        before, under = told["after"]
        earlier = _deliver(tiny, before, under)
    found = _deliver(tiny, name, name)
    if "deliveries" in told:
        ledger = read_ledger(tiny.home.lake)
        assert len(ledger) == told["deliveries"]
    if told.get("deliveries") == 1:  # the same bytes: nothing new, another name for what there is
        assert found == []
        assert ledger[0].also == [name]
        found = earlier
    else:
        assert [delivery.file for delivery in found] == told.get("files", [name])
    rejects = pl.concat([tiny.rejected(delivery) for delivery in found])
    assert all(delivery.rows == delivery.accepted + delivery.rejected for delivery in found)
    assert sum(delivery.out_of_scope for delivery in found) == told.get("out_of_scope", 0)
    if "refused" in told:
        (delivery,) = found
        assert (delivery.state, list(delivery.reasons) or [told["refused"]]) == ("refused", [told["refused"]])
        assert delivery.rows == told.get("rows", delivery.rows)
        assert set(rejects["reason"]) >= {told["refused"]}
        assert told.get("warns", "") in delivery.warnings[-1]
        if "labels" in told:
            assert [list(one) for one in rejects.select("reason", "column_name").rows()] == told["labels"]
        return
    assert [delivery.state for delivery in found] == ["accepted"] * len(found)
    frame = pl.concat([tiny.accepted(delivery) for delivery in found])
    assert [list(one) for one in rejects.select(ROW).rows()] == told.get("rejected", [])
    if "accepted_rows" in told:
        assert frame.height == told["accepted_rows"] == frame["source_row"].n_unique()
        return
    assert frame["case_id"].to_list() == told["accepted"]
    for column, values in told.get("order", {}).items():
        assert [_plain(value) for value in frame[column]] == values
    rows = {row["case_id"]: row for row in frame.to_dicts()}
    for number, values in told.get("values", {}).items():
        assert {key: _plain(rows[number][key]) for key in values} == values
    if "check" in told:
        results = check_batch(DELIVERED[found[0].contract], frame)
        assert [result.check_name for result in results if not result.success] == [told["check"]]
    assert told.get("warns", "") in " ".join(found[0].warnings)
    if "holds_no" in told:
        assert told["holds_no"] not in f"{frame.write_json()}{rejects.write_json()}{tiny.said}"


@pytest.mark.parametrize("name", REFERENCE)
def test_a_bad_reference_table_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    told = EXPECTED[name]
    tiny = fixture_city(tmp_path, {}, {})
    tiny.reference[told["reference"]] = (FOLDER / name).read_bytes()
    if "refuses" not in told:
        assert tiny.load().reference["stage_limits"]["limit"].to_list() == [0]
        return
    with pytest.raises(UsageError, match=told["refuses"]):
        tiny.load()


def _deliver(tiny: TinyCity, name: str, under: str) -> list[Delivery]:
    path = tiny.inputs / under
    path.write_bytes((FOLDER / name).read_bytes())
    return take(tiny, path)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def test_who_approved_or_acted_is_masked_too(tmp_path: Path) -> None:
    """A post is asked for; people write the person and the telephone number."""
    tiny = fixture_city(tmp_path, {"columns": "suspensions", "contract": "case_suspensions"}, {})
    tiny.columns["approved_by"] = "批准"
    path = tiny.inputs / "pauses.csv"
    head, line = "编号,类型,开始时间,结束时间,批准", "A1,挂账,2026-10-01 08:00:00,,张主任13800138000"
    path.write_text(f"{head}\n{line}\n{line.replace('A1', 'A2').replace('张主任13800138000', '值班长')}\n", "utf-8")
    (delivery,) = take(tiny, path)
    assert tiny.accepted(delivery)["approved_by"].to_list() == ["***主任***", "值班长"]
