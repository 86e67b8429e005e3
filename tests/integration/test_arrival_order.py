"""The warehouse ends the same whatever the order in which deliveries arrive.

Which version of a record counts is tried on the staging models alone, in many orders of arrival, against a model in
plain Python; the whole way up to the ranks in three orders.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.city import load_city
from pipelines.ingest import land_files, take_in
from pipelines.ingest.closings import closings
from pipelines.ingest.ledger import read_ledger
from pipelines.scoring import load_schemes
from pipelines.settings import REPO, CityHome, city_home
from pipelines.synthetic import ensure_generated
from pipelines.warehouse.build import build
from pipelines.warehouse.db import open_db
from pipelines.warehouse.inputs import moment_of_run, write_inputs
from tests.integration.conftest import small_folder
from tests.unit.conftest import COLUMNS, TinyCity

HEADERS = ("编号", "大类", "区域", "单位", "上报时间", "返工", "紧急", "内容", "更新时间", "删除")
START = datetime(2026, 10, 1, 8)


@dataclass(frozen=True)
class Row:
    """One version of a case as a file has it; ``updated`` in hours after START, None where the cell is blank."""

    case: int
    rework: int
    updated: int | None
    is_deleted: bool = False

    def cells(self) -> tuple[str, ...]:
        updated = "" if self.updated is None else f"{START + timedelta(hours=self.updated):%Y-%m-%d %H:%M:%S}"
        gone = "是" if self.is_deleted else ""
        return (f"A{self.case}", "01", "S1", "D1", "2026-10-01 08:00:00", str(self.rework), "否", "x", updated, gone)


@dataclass(frozen=True)
class File:
    """A delivery: its rows, the hour of its extraction (None: the name does not tell), how its bytes are laid out."""

    rows: tuple[Row, ...]
    extracted: int | None
    newline: str = "\n"
    copy: int = 0  # the same bytes under another name
    deletes: tuple[int, ...] = ()  # not cases, but a list of the numbers of deleted ones


ROW = st.builds(
    Row,
    case=st.integers(1, 4),
    rework=st.integers(0, 2),
    updated=st.one_of(st.none(), st.integers(0, 3)),
    is_deleted=st.sampled_from([False, False, False, True]),
)
FILE = st.builds(
    File,
    rows=st.lists(ROW, min_size=1, max_size=5).map(tuple),
    extracted=st.one_of(st.none(), st.integers(0, 3)),
    newline=st.sampled_from(["\n", "\r\n"]),
)
DELETIONS = st.builds(
    File,
    rows=st.just(()),
    extracted=st.integers(0, 3),
    deletes=st.lists(st.integers(1, 4), min_size=1, max_size=2, unique=True).map(tuple),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[File], list[File]]:
    """Deliveries, some of them twice under another name or in other bytes, and the same in another order."""
    files = draw(st.lists(FILE, min_size=1, max_size=4))
    files += draw(st.lists(DELETIONS, max_size=1))
    twice = draw(st.lists(st.sampled_from(files), max_size=2))
    for number, file in enumerate(twice, start=1):
        extracted = draw(st.one_of(st.just(file.extracted), st.integers(0, 3)))
        if file.deletes:
            files.append(File((), extracted, file.newline, number, file.deletes))
        else:
            newline = draw(st.sampled_from(["\n", "\r\n"]))
            files.append(File(file.rows, extracted, newline, number))
    return files, draw(st.permutations(files))


def _tiny(base: Path) -> TinyCity:
    tiny = TinyCity(base / "tiny", CityHome(base / "home"))
    tiny.columns = {
        **COLUMNS,
        "updated_at": {"column": "更新时间", "formats": ["%Y-%m-%d %H:%M:%S"]},
        "is_deleted": {"column": "删除", "map": {"是": True}},
    }
    tiny.source = {"extracted_at": {"from_file_name": r"_(\d{12})", "formats": ["%Y%m%d%H%M"]}}
    tiny.load()
    (tiny.folder / "sources" / "gone.yaml").write_text(
        "source: gone\ntitle: {zh: 删除, en: Deleted}\ncontract: cases\nsource_system: hotline\nfiles: ['gone*.csv']\n"
        "extracted_at: {from_file_name: '_(\\d{12})', formats: ['%Y%m%d%H%M']}\n"
        "columns: {case_id: 编号, is_deleted: {value: true}}\n",
        encoding="utf-8",
    )
    return tiny


def _land(base: Path, files: list[File]) -> TinyCity:
    tiny = _tiny(base)
    city = load_city(str(tiny.folder))
    names: dict[File, str] = {}
    for file in files:
        told = "" if file.extracted is None else f"_{START + timedelta(hours=file.extracted):%Y%m%d%H%M}"
        source = "gone" if file.deletes else "hotline"
        text = [("编号",), *((f"A{case}",) for case in file.deletes)] if file.deletes else [
            HEADERS, *(row.cells() for row in file.rows)
        ]  # fmt: skip
        # the name tells files apart, but not in which order they come
        mark = sha256(repr(file).encode()).hexdigest()[:8]
        names[file] = f"{source}-{mark}{told}.csv"
        path = tiny.inputs / names[file]
        path.write_text("".join(",".join(cells) + file.newline for cells in text), encoding="utf-8", newline="")
        land_files(city, tiny.home, city.sources[source], [path], say=tiny.said.append, check=lambda c, s: [])
    return tiny


def _staged(home: CityHome, model: str) -> pl.DataFrame:
    """The rows of a staging model that reads nothing but the lake, run as dbt would, in total order."""
    text = (REPO / "dbt_project" / "models" / "staging" / f"{model}.sql").read_text(encoding="utf-8")

    def files(found: re.Match[str]) -> str:
        return f"read_parquet('{home.lake}/accepted/{found.group(1)}/*.parquet', union_by_name=true)"

    sql = re.sub(r"\{\{ lake\('(\w+)'\) \}\}", files, text)
    assert "{{" not in sql
    with open_db(":memory:") as db:
        return db.sql(f"select * from ({sql}) order by all").pl()


def _expected(files: list[File]) -> dict[str, set[tuple[int | None, datetime | None]]]:
    """For each case that is there in the end, the (rework, version) that may be the one that counts: those of the
    latest moment. A case whose latest versions disagree about its deletion may be missing: (None, None)."""
    versions: dict[str, list[tuple[datetime, int | None, bool]]] = {}
    latest: dict[tuple[object, ...], int | None] = {}
    for file in files:  # the same bytes count under the name of the latest extract
        content = (file.rows, file.newline, file.deletes)
        hours = [h for h in (latest.get(content), file.extracted) if h is not None]
        latest[content] = max(hours) if hours else None
    for (rows, _, deletes), extracted in latest.items():  # type: ignore[misc]
        told = datetime.min if extracted is None else START + timedelta(hours=extracted)
        for row in rows:
            moment = told if row.updated is None else START + timedelta(hours=row.updated)
            versions.setdefault(f"A{row.case}", []).append((moment, row.rework, row.is_deleted))
        for case in deletes:
            versions.setdefault(f"A{case}", []).append((told, None, True))
    expected: dict[str, set[tuple[int | None, datetime | None]]] = {}
    for case, found in versions.items():
        last = max(moment for moment, _, _ in found)
        shown = None if last == datetime.min else last
        choices = {(None, None) if gone else (rework, shown) for moment, rework, gone in found if moment == last}
        if choices != {(None, None)}:
            expected[case] = choices
    return expected


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_the_version_that_counts_does_not_depend_on_the_order_of_arrival(
    history: tuple[list[File], list[File]],
) -> None:
    found = []
    for files in history:
        base = Path(tempfile.mkdtemp(prefix="cityeval-order-"))
        try:
            tiny = _land(base, files)
            found.append(_staged(tiny.home, "stg_cases"))
        finally:
            shutil.rmtree(base)
    assert found[0].equals(found[1])  # every column, those that tell where it came from among them
    expected = _expected(history[0])
    there = {row["case_id"]: (row["rework_count"], row["version_at"]) for row in found[0].to_dicts()}
    assert set(there) <= set(expected)
    for case, choices in expected.items():
        assert there.get(case, (None, None)) in choices, case


def test_a_deletion_and_what_comes_after_it(tmp_path: Path) -> None:
    """By hand: A1 is created, deleted by the list and comes back; A2 is deleted in the feed; A3's deletion is older
    than its last version."""
    files = [
        File((Row(1, 0, 0), Row(2, 0, 0), Row(3, 1, 2)), 0),
        File((), 1, deletes=(1, 3)),
        File((Row(1, 2, 3), Row(2, 0, 1, is_deleted=True)), 3),
    ]
    for number, order in enumerate((files, files[::-1], [files[1], files[2], files[0]])):
        tiny = _land(tmp_path / str(number), order)
        rows = _staged(tiny.home, "stg_cases").select("case_id", "rework_count").rows()
        assert rows == [("A1", 2), ("A3", 1)], number


def test_what_the_list_of_deletions_lacks_is_no_fault(tmp_path: Path) -> None:
    tiny = _land(tmp_path, [File((), 1, deletes=(1,))])
    (delivery,) = read_ledger(tiny.home.lake)
    assert (delivery.state, delivery.accepted, delivery.rejected) == ("accepted", 1, 0)


def test_a_deleted_row_of_a_feed_needs_its_key_only(tmp_path: Path) -> None:
    tiny = _tiny(tmp_path)
    blank = ("A1", *([""] * 8), "是")
    not_deleted = ("A2", *([""] * 9))
    path = tiny.inputs / "x.csv"
    path.write_text("".join(",".join(c) + "\n" for c in (HEADERS, blank, not_deleted)), encoding="utf-8")
    delivery = tiny.land(path)
    assert (delivery.accepted, delivery.rejected) == (1, 1)
    assert tiny.faults(delivery) == [(3, "missing-value", "reported_at", None)]


MARTS = (
    "mart_counts",
    "mart_indicators",
    "mart_score_items",
    "mart_ranks",
    "mart_case_proofs",
    "mart_operation_proofs",
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    base = tmp_path_factory.mktemp("order")
    folder = small_folder(base / "folder", cases=1000)
    return folder, ensure_generated(folder, base / "input", say=lambda _: None)


def _built(folder: Path, home: Path, orders: list[list[Path]]) -> dict[str, pl.DataFrame]:
    """The marts after the files came in, one run per list."""
    city = load_city(str(folder))
    folders = city_home(city.name, home)
    for files in orders:
        for file in files:
            source = city.sources[file.parent.name]
            land_files(city, folders, source, [file], say=lambda _: None, check=lambda c, s: [])
    known = [d.delivery_id for d in read_ledger(folders.lake)]
    write_inputs(city, load_schemes(city), moment_of_run(city, None, None), folders.lake, known)
    build(folders)
    with open_db(folders.warehouse, read_only=True) as db:
        marts = {mart: db.sql(f"select * from {mart} order by all").pl() for mart in MARTS}
        marts["mart_rejects"] = db.sql("select * from mart_rejects order by all").pl()
    return marts


@pytest.mark.slow
def test_the_whole_warehouse_is_the_same_in_three_orders(demo: tuple[Path, Path], tmp_path: Path) -> None:
    folder, inputs = demo
    files = sorted(p for p in inputs.glob("*/*") if p.suffix in (".csv", ".gz", ".xlsx"))
    assert len(files) > 30
    first = _built(folder, tmp_path / "1", [files])
    backwards = _built(folder, tmp_path / "2", [files[::-1]])
    mixed = _built(folder, tmp_path / "3", [files[1::3], files[::3], files[2::3], files[::5]])
    assert first["mart_ranks"].height > 150
    assert (first["mart_rejects"]["state"] == "closed").any()
    for mart, rows in first.items():
        assert rows.equals(backwards[mart]), mart
        assert rows.equals(mixed[mart]), mart


def test_a_second_look_at_the_same_files_closes_and_changes_nothing(demo: tuple[Path, Path], tmp_path: Path) -> None:
    folder, inputs = demo
    city = load_city(str(folder))
    folders = city_home(city.name, tmp_path)
    some = tmp_path / "some"
    some.mkdir()
    for file in sorted((inputs / "hotline").glob("*.csv"))[:3]:
        shutil.copy(file, some)
    assert len(take_in(city, folders, some, say=lambda _: None, check=lambda c, s: [])) == 3
    before = closings(folders)
    assert take_in(city, folders, some, say=lambda _: None, check=lambda c, s: []) == []
    assert closings(folders).equals(before)
