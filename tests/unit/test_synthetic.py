"""The synthetic city: the same bytes each time, and true figures that plain Python finds again in the files."""

from __future__ import annotations

import csv
import gzip
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import fastexcel
import numpy as np
import polars as pl
import pytest

from pipelines.errors import UsageError
from pipelines.settings import REPO
from pipelines.synthetic import ensure_generated, generate
from pipelines.synthetic.clock import NEVER, WorkClock, seconds
from pipelines.synthetic.settings import read_world
from pipelines.synthetic.volume import case_numbers

DEMO = REPO / "cities" / "demo"
AS_OF = datetime(2026, 10, 31, 23, 59, 59)
STAMP = "%Y-%m-%d %H:%M:%S"
NAMES = (
    "id unit area category reported registered dispatched due handled closed cancelled "
    "rework valid double updated answer"
)
HOTLINE = (
    "工单编号 责任单位编码 所属街道编码 诉求大类编码 来电时间 立单时间 派单时间 办理时限 办结时间 结案时间 作废时间 "
    "返工次数 是否有效 重复工单编号 更新时间 满意度评价"
)
GRID = (
    "案件编号 责任单位编码 所属街道编码 大类代码 上报时间 立案时间 派遣时间 处置截止时间 处置时间 结案时间 作废时间 "
    "返工次数 是否有效 重复案件编号 更新时间"
)
HEADERS = {  # feed → our name → header
    "hotline": dict(zip(NAMES.split(), HOTLINE.split(), strict=True)),
    "grid": dict(zip(NAMES.split()[:-1], GRID.split(), strict=True)),
}
TIMES = ("reported", "registered", "dispatched", "due", "handled", "closed", "cancelled", "updated")


def reference(name: str) -> list[dict[str, str]]:
    with (DEMO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


UNITS = {row["unit_code"]: row for row in reference("units.csv")}
WORKDAYS = {date.fromisoformat(row["date"]) for row in reference("calendar.csv") if row["is_workday"] == "true"}
LIMITS = {
    (row["channel"], row["category_code"]): (int(row["limit"]), row["limit_unit"])
    for row in reference("limits.csv")
    if row["stage"] == "handle"
}


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    yield from csv.DictReader(text.splitlines())


def moment(text: str) -> datetime | None:
    return datetime.strptime(text.replace("/", "-"), STAMP) if text else None


def slow_deadline(start: datetime, limit: int, unit: str) -> datetime:
    """The deadline by walking over days and intervals, one after the other."""
    if unit == "urgent_hour":
        return start + timedelta(hours=limit)
    if unit == "natural_day":
        return start + timedelta(days=limit)
    day = start.date()
    if unit == "work_day":
        while limit:
            day += timedelta(days=1)
            limit -= day in WORKDAYS
        return datetime(day.year, day.month, day.day, 17, 30)
    left = timedelta(hours=limit)
    while True:
        if day in WORKDAYS:
            for opens, closes in (((9, 0), (12, 0)), ((13, 30), (17, 30))):
                begin = max(start, datetime(day.year, day.month, day.day, *opens))
                end = datetime(day.year, day.month, day.day, *closes)
                if begin < end:
                    if left <= end - begin:
                        return begin + left
                    left -= end - begin
        day += timedelta(days=1)


def accepted_row(channel: str, raw: dict[str, str]) -> dict[str, object] | None:
    """The row as the door should take it, or None where it should be rejected."""
    row: dict[str, object] = {name: raw[header].strip() for name, header in HEADERS[channel].items()}
    try:
        row |= {name: moment(str(row[name])) for name in TIMES}
        row["rework"] = int(str(row["rework"]))  # int() reads full-width digits
    except ValueError:
        return None
    is_good = (
        row["id"] and row["reported"] and row["unit"] in UNITS and (row["area"] or "city") in UNITS
        and row["valid"] in ("是", "否") and int(str(row["rework"])) >= 0
    )  # fmt: skip
    return row if is_good else None


def open_suspensions(folder: Path) -> set[str]:
    last: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted((folder / "suspensions").glob("*.csv")):
        for row in rows_of(path):
            last[row["案件编号"], row["开始时间"]] = row
    return {case for (case, _), row in last.items() if not row["结束时间"]}


def ancestors(*units: str) -> set[str]:
    found = set()
    for unit in units:
        here = unit
        while here:
            found.add(here)
            here = UNITS[here]["parent_code"]
    return found


def measures(row: dict, channel: str, suspended: set[str]) -> Iterator[tuple[str, datetime, int]]:
    """What a case counts for: measure, the time by which it counts, and how much."""
    if row["double"]:
        yield "duplicates", row["reported"], 1
        return
    if row["valid"] == "否" and not row["cancelled"]:
        yield "invalid", row["reported"], 1
        return
    if row["registered"]:
        yield "registered", row["registered"], 1
    if row["cancelled"]:
        yield "cancelled", row["reported"], 1
        return
    yield "reported", row["reported"], 1
    if not row["closed"]:
        yield "not_closed", row["reported"], 1
    due, closed, handled = row["due"], row["closed"], row["handled"]
    if due is None and row["dispatched"] and (channel, row["category"]) in LIMITS:
        due = slow_deadline(row["dispatched"], *LIMITS[channel, row["category"]])
    if closed and row.get("answer") in ("满意", "基本满意", "不满意"):
        yield "evaluated", closed, 1
        if row["answer"] != "不满意":
            yield "satisfied", closed, 1
    if due is None:
        yield "no_deadline", row["reported"], 1
        return
    if not closed and (due >= AS_OF or row["id"] in suspended):
        return
    settled = min(closed, due) if closed else due
    yield "due_to_close", settled, 1
    yield "reworked", settled, row["rework"]
    yield ("closed" if closed else "overdue_open"), settled, 1
    if closed and handled and handled <= due:
        yield "closed_on_time", settled, 1
    if closed and handled and handled > due:
        yield "closed_overdue", settled, 1


def recount(folder: Path) -> tuple[dict[tuple[str, str, str, str], int], dict[str, tuple[int, int, int]]]:
    """Counts by unit, period, channel and measure; and accepted, rejected, out of scope by file."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    door: dict[str, tuple[int, int, int]] = {}
    suspended = open_suspensions(folder)
    for channel in HEADERS:
        last: dict[str, dict] = {}
        for path in sorted((folder / channel).iterdir()):
            taken = Counter()
            for raw in rows_of(path):
                if "咨询" in raw.get("工单类型", ""):
                    taken["out"] += 1
                    continue
                row = accepted_row(channel, raw)
                taken["bad" if row is None else "good"] += 1
                if row and (row["id"] not in last or row["updated"] >= last[row["id"]]["updated"]):
                    last[row["id"]] = row
            door[path.name] = (taken["good"], taken["bad"], taken["out"])
        for row in last.values():
            for measure, at, number in measures(row, channel, suspended):
                for unit in ancestors(row["unit"], row["area"] or "unallocated"):
                    for name in (channel, "all"):
                        counts[unit, f"{at:%Y-%m}", name, measure] += number
    return {key: number for key, number in counts.items() if number}, door


def true_counts(folder: Path) -> dict[tuple[str, str, str, str], int]:
    frame = pl.read_parquet(folder / "truth" / "counts.parquet")
    return {tuple(row[:4]): row[4] for row in frame.iter_rows()}  # type: ignore[misc]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def quiet(line: str) -> None:
    del line


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synthetic")
    generate(DEMO, out, 3_000, 7, say=quiet)
    return out


def test_truth_is_what_plain_python_finds_in_the_files(made: Path) -> None:
    counts, door = recount(made)
    truth = true_counts(made)
    assert {key[3] for key in truth} == {
        "reported", "not_closed", "registered", "cancelled", "invalid", "due_to_close", "closed", "closed_on_time",
        "closed_overdue", "overdue_open", "reworked", "evaluated", "satisfied", "no_deadline", "duplicates",
    }  # fmt: skip
    assert counts == truth
    assert any(key[0] == "unallocated" for key in truth)
    expected = pl.read_parquet(made / "truth" / "door.parquet").filter(pl.col("source").is_in(["hotline", "grid"]))
    columns = expected.select("file", "accepted", "rejected", "out_of_scope").iter_rows()
    assert door == {file: tuple(numbers) for file, *numbers in columns}
    assert (expected["rows"] == expected["accepted"] + expected["rejected"]).all()


def test_truth_holds_where_a_month_is_made_in_many_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.synthetic.produce.PART", 25)
    generate(DEMO, tmp_path, 1_000, 3, say=quiet)
    assert recount(tmp_path)[0] == true_counts(tmp_path)


def test_the_number_of_cases_is_the_number_asked_for(made: Path) -> None:
    cases = set()
    for channel in HEADERS:
        for path in (made / channel).iterdir():
            for raw in rows_of(path):
                row = None if "咨询" in raw.get("工单类型", "") else accepted_row(channel, raw)
                if row:
                    cases.add(row["id"])
    assert len(cases) == 3_000
    numbers = case_numbers(read_world(DEMO, 2_000_000, 1))
    assert sum(map(sum, numbers.values())) == 2_000_000
    assert abs(sum(numbers["hotline"]) - 900_000) < 14  # rounded month by month


def test_same_seed_same_bytes_and_another_seed_others(made: Path, tmp_path: Path) -> None:
    generate(DEMO, tmp_path / "same", 3_000, 7, say=quiet)
    assert digests(tmp_path / "same") == digests(made)
    generate(DEMO, tmp_path / "other", 3_000, 8, say=quiet)
    other, first = digests(tmp_path / "other"), digests(made)
    assert other.keys() == first.keys()
    feeds = [name for name in first if name.startswith(("hotline", "grid", "operations"))]
    assert not [name for name in feeds if first[name] == other[name]]


def test_files_are_made_again_only_when_something_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = tmp_path / "demo"
    city.mkdir()
    (city / "sources").symlink_to(DEMO / "sources")
    for path in DEMO.glob("*.csv"):
        (city / path.name).write_bytes(path.read_bytes())
    (city / "city.yaml").write_bytes((DEMO / "city.yaml").read_bytes())
    (city / "generator.yaml").write_text("cases: 1000\nseed: 5\n", encoding="utf-8")
    out = ensure_generated(city, tmp_path / "out", say=quiet)
    calls: list[int] = []
    monkeypatch.setattr("pipelines.synthetic.produce.generate", lambda *given, say: calls.append(given[3]))
    ensure_generated(city, out, say=quiet)
    assert calls == []
    (city / "generator.yaml").write_text("cases: 1000\nseed: 6\n", encoding="utf-8")
    ensure_generated(city, out, say=quiet)
    assert calls == [6]
    (city / "generator.yaml").write_text("cases: 1000\nseed: 5\n", encoding="utf-8")
    ensure_generated(city, out, say=quiet)
    (out / "README.md").unlink()  # as after a generator that was stopped half-way
    ensure_generated(city, out, say=quiet)
    assert calls == [6, 5]


@pytest.mark.parametrize(
    ("start", "limit", "unit", "due"),
    [
        # worked out by hand; 1–8 October 2025 are days off, 28 September and 11 October are make-up days
        ("2025-09-30 17:00:00", 1, "work_hour", "2025-10-09 09:30:00"),
        ("2025-09-30 17:00:00", 1, "urgent_hour", "2025-09-30 18:00:00"),
        ("2025-09-30 17:00:00", 2, "natural_day", "2025-10-02 17:00:00"),
        ("2025-09-30 17:00:00", 3, "work_day", "2025-10-11 17:30:00"),
        ("2025-09-27 10:00:00", 1, "work_day", "2025-09-28 17:30:00"),
        ("2025-09-08 12:15:00", 4, "work_hour", "2025-09-08 17:30:00"),
        ("2025-09-08 08:00:00", 8, "work_hour", "2025-09-09 10:00:00"),
    ],
)
def test_clock_by_hand(start: str, limit: int, unit: str, due: str) -> None:
    clock = read_world(DEMO).clock
    got = clock.deadline(np.array([seconds(datetime.strptime(start, STAMP))]), np.array([limit]), np.array([unit]))
    assert got[0] == seconds(datetime.strptime(due, STAMP))
    assert slow_deadline(datetime.strptime(start, STAMP), limit, unit) == datetime.strptime(due, STAMP)


def test_clock_against_a_walk_over_the_calendar() -> None:
    clock: WorkClock = read_world(DEMO).clock
    rng = np.random.default_rng(1)
    starts = seconds(datetime(2025, 8, 1)) + rng.integers(0, 440 * 86_400, 600)
    limits = rng.integers(1, 30, 600)
    units = np.array(["urgent_hour", "natural_day", "work_hour", "work_day"], dtype=object)[rng.integers(0, 4, 600)]
    due = clock.deadline(starts, limits, units)
    for start, limit, unit, got in zip(starts, limits, units, due, strict=True):
        begin = datetime(1970, 1, 1) + timedelta(seconds=int(start))
        assert got == seconds(slow_deadline(begin, int(limit), unit)), (begin, limit, unit)
    blank = clock.deadline(np.array([NEVER, 0]), np.array([1, 1]), np.array(["work_day", ""], dtype=object))
    assert (blank == NEVER).all()


def test_every_kind_of_dirty_row_is_there(made: Path) -> None:
    dirty = pl.read_parquet(made / "truth" / "dirty.parquet")
    kinds = defaultdict(set)
    for source, kind in dirty.select("source", "kind").iter_rows():
        kinds[source].add(kind)
    common = {"unreadable_date", "unknown_unit", "blank_key", "outside_value_map", "negative_count", "exact_duplicate"}
    for source in ("hotline", "grid"):
        assert kinds[source] == common | {"blank_required", "full_width_digits", "other_date_format"}
    assert kinds["operations"] == common | {"unreadable_number"}
    door = pl.read_parquet(made / "truth" / "door.parquet")
    assert dirty.filter(~pl.col("is_accepted"))["rows"].sum() == door["rejected"].sum()


def test_shares_are_about_what_the_settings_say(tmp_path: Path) -> None:
    generate(DEMO, tmp_path, 20_000, 11, say=quiet)
    last: dict[str, dict[str, str]] = {}
    for path in sorted((tmp_path / "grid").iterdir()):
        last |= {row["案件编号"]: row for row in rows_of(path) if accepted_row("grid", row)}
    limited = [r for r in last.values() if r["派遣时间"] and ("grid", r["大类代码"]) in LIMITS]
    not_given = [r for r in limited if not r["处置截止时间"]]
    assert 0.02 < len(not_given) / len(limited) < 0.04
    assert not {r["案件编号"] for r in not_given} & {r["案件编号"] for r in _suspended_rows(tmp_path)}
    assert 0.002 < sum(r["大类代码"] == "G99" for r in last.values()) / len(last) < 0.009
    assert 0.012 < sum(r["重复案件编号"] != "" for r in last.values()) / len(last) < 0.028
    assert {UNITS[r["责任单位编码"]]["unit_kind"] for r in last.values()} == {"department", "squad", "street"}
    rates = {}
    counts = true_counts(tmp_path)
    for unit in (code for code, row in UNITS.items() if row["unit_kind"] == "department"):
        due = sum(v for k, v in counts.items() if k[0] == unit and k[2:] == ("all", "due_to_close"))
        rates[unit] = sum(v for k, v in counts.items() if k[0] == unit and k[2:] == ("all", "closed_on_time")) / due
    assert max(rates.values()) - min(rates.values()) > 0.05  # units differ


def _suspended_rows(folder: Path) -> list[dict[str, str]]:
    return [row for path in (folder / "suspensions").iterdir() for row in rows_of(path)]


def test_nothing_after_the_extract_and_only_changed_cases(made: Path) -> None:
    for channel in HEADERS:
        seen: dict[str, datetime] = {}
        for path in sorted((made / channel).iterdir()):
            taken = datetime.strptime(path.name.split("截至")[1][:14], "%Y%m%d%H%M%S")
            for raw in rows_of(path):
                row = None if "咨询" in raw.get("工单类型", "") else accepted_row(channel, raw)
                if row is None:
                    continue
                late = [row[t] for t in TIMES if t != "due" and row[t] and row[t] > taken]
                assert not late
                assert row["updated"] >= row["reported"]
                seen[str(row["id"])] = max(seen.get(str(row["id"]), datetime.min), row["updated"])
        assert max(seen.values()) <= AS_OF


def test_operations_are_what_the_workbooks_add_up_to(made: Path) -> None:
    last: dict[str, tuple] = {}
    meaning = {"机械清扫": "sweeping", "垃圾清运": "collection", "人员出勤": "attendance"}
    for path in sorted((made / "operations").glob("*.xlsx")):
        sheet = fastexcel.read_excel(path).load_sheet("作业明细", dtypes="string").to_polars()
        for row in sheet.iter_rows(named=True):
            try:
                planned, actual = round(float(row["计划量"]) * 10), round(float(row["完成量"]) * 10)
                date.fromisoformat(row["作业日期"])
            except (ValueError, TypeError):
                continue
            is_known = row["记录编号"] and row["作业单位编码"] in UNITS and row["作业指标"] in meaning
            if is_known and planned >= 0 and actual >= 0:
                last[row["记录编号"]] = (row, planned, actual)
    sums: Counter[tuple[str, str, str, str]] = Counter()
    for row, planned, actual in last.values():
        for unit in ancestors(row["作业单位编码"], row["作业街道编码"]):
            key = (unit, row["作业日期"][:7], meaning[row["作业指标"]])
            sums[(*key, "planned")] += planned
            sums[(*key, "actual")] += actual
    truth = pl.read_parquet(made / "truth" / "operations.parquet")
    assert truth.height * 2 == len(sums)
    for row in truth.iter_rows(named=True):
        key = (row["unit_code"], row["period"], row["measure"])
        assert (int(row["planned"] * 10), int(row["actual"] * 10)) == (sums[(*key, "planned")], sums[(*key, "actual")])


def test_personal_data_is_invented(made: Path) -> None:
    texts = []
    for path in (made / "hotline").iterdir():
        for row in rows_of(path):
            assert row["诉求人电话"].startswith("1990000")
            texts.append(row["诉求内容"])
            assert row["数据说明"] == "合成数据"
    assert any("请回电1990000" in text for text in texts)
    assert any("身份证号999999" in text for text in texts)
    assert any("车牌浙Z" in text for text in texts)
    assert any("单元" in text for text in texts)


def test_wrong_use_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="10"):
        generate(DEMO, tmp_path, 10, 1, say=quiet)
    assert not (tmp_path / "README.md").exists()
