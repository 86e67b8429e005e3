"""The inbox is emptied without losing anything, landing is read again, unchanged files are not hashed again."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from pathlib import Path

import pytest

from pipelines.ingest import deliver as deliver_module
from pipelines.ingest import hashes as hashes_module
from pipelines.ingest import take_in
from pipelines.ingest.ledger import BEING_READ, Delivery, read_ledger
from pipelines.ingest.replay import Replay, land_again, outdated
from tests.unit.conftest import HEADERS, TinyCity, row


def _run(tiny: TinyCity, inputs: Path | None = None) -> list[Delivery]:
    return take_in(tiny.load(), tiny.home, inputs, say=tiny.said.append, check=lambda c, s: [])


def _again(tiny: TinyCity) -> Replay:
    return land_again(tiny.load(), tiny.home, say=tiny.said.append, check=lambda c, s: [])


def _drop(tiny: TinyCity, *rows: tuple[str, ...], name: str = "cases.csv") -> Path:
    """A file in the inbox that has been quiet for a while."""
    inbox = tiny.home.inbox / "hotline"
    inbox.mkdir(parents=True, exist_ok=True)
    path = tiny.write(*rows, name=name).rename(inbox / name)
    os.utime(path, (time.time() - 60,) * 2)
    return path


def test_a_file_of_the_inbox_goes_once_landing_and_ledger_have_it(tiny: TinyCity) -> None:
    path = _drop(tiny, row(), row(编号="A2", 返工="x"))
    content = path.read_bytes()
    (delivery,) = _run(tiny)
    assert not path.exists()
    assert (tiny.home.landing / delivery.landing_file).read_bytes() == content
    assert _run(tiny) == []


def test_a_refused_file_goes_too_and_can_be_read_again(tiny: TinyCity) -> None:
    path = _drop(tiny, row(), name="1.csv")
    tiny.columns["summary"] = "没有"
    (delivery,) = _run(tiny)
    assert (delivery.state, path.exists()) == ("refused", False)
    tiny.columns["summary"] = "内容"
    ((before, after),) = _again(tiny).changed
    assert (before.state, after.state, after.accepted) == ("refused", "accepted", 1)


def test_a_file_delivered_anew_while_the_first_is_read_stays(tiny: TinyCity) -> None:
    path = _drop(tiny, row())

    def meanwhile(*_: object) -> list[object]:
        _drop(tiny, row(编号="A2"), row(编号="A3"))
        return []

    (first,) = take_in(tiny.load(), tiny.home, None, say=tiny.said.append, check=meanwhile)
    assert tiny.accepted(first)["case_id"].to_list() == [row()[0]]
    assert path.exists()
    (second,) = _run(tiny)
    assert tiny.accepted(second)["case_id"].to_list() == ["A2", "A3"]
    assert not path.exists()


def test_a_file_that_changes_after_it_was_hashed_waits(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery is named after its hash, so landing must hold the bytes that were hashed."""
    path = _drop(tiny, row())

    def then_more(file: Path) -> str:
        digest = sha256(file.read_bytes()).hexdigest()
        with file.open("a", encoding="utf-8") as open_file:
            open_file.write(",".join(row(编号="A2")) + "\n")
        return digest

    with monkeypatch.context() as patched:
        patched.setattr(hashes_module, "sha256", then_more)
        assert _run(tiny) == []
    assert tiny.said[-1] == "hotline: cases.csv is still being written; left for the next run"
    assert read_ledger(tiny.home.lake) == []
    os.utime(path, (time.time() - 60,) * 2)
    assert [d.accepted for d in _run(tiny)] == [2]


@pytest.mark.parametrize("moment", ["write_parquet", "write_delivery"])
def test_a_run_killed_before_the_ledger_entry_leaves_the_file(
    tiny: TinyCity, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    path = _drop(tiny, row())
    content = path.read_bytes()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(deliver_module, moment, killed)
        with pytest.raises(KeyboardInterrupt):
            _run(tiny)
    assert path.read_bytes() == content
    assert [d.accepted for d in _run(tiny)] == [1]
    assert not path.exists()


def test_a_run_killed_after_the_ledger_entry_is_finished_by_the_next(tiny: TinyCity) -> None:
    path = _drop(tiny, row())
    content = path.read_bytes()
    _run(tiny)
    path.write_bytes(content)  # as if it had been killed before the file was removed
    os.utime(path, (time.time() - 60,) * 2)
    assert _run(tiny) == []
    assert not path.exists()
    assert len(read_ledger(tiny.home.lake)) == 1


def test_the_same_bytes_after_landing_has_expired_land_again(tiny: TinyCity) -> None:
    path = _drop(tiny, row())
    content = path.read_bytes()
    (delivery,) = _run(tiny)
    (tiny.home.landing / delivery.landing_file).unlink()
    path.write_bytes(content)
    os.utime(path, (time.time() - 60,) * 2)
    _run(tiny)
    assert (tiny.home.landing / delivery.landing_file).read_bytes() == content


def test_files_of_an_input_folder_stay(tiny: TinyCity) -> None:
    path = tiny.write(row())
    _run(tiny, tiny.inputs)
    assert path.exists()


def test_second_files_leave_the_inbox_with_their_first_file(tiny: TinyCity) -> None:
    tiny.source["files"] = ["*_cases.csv"]
    tiny.source["joins"] = [{"file": "{stem}.names.csv", "on": {"单位": "单位"}, "columns": {"全称": "全称"}}]
    first = _drop(tiny, row(), name="1_cases.csv")
    second = first.with_name("1_cases.names.csv")
    second.write_text("单位,全称\nD1,城管局\n", encoding="utf-8")
    os.utime(second, (time.time() - 60,) * 2)
    tiny.columns["status"] = "全称"
    (delivery,) = _run(tiny)
    assert delivery.accepted == 1
    assert not first.exists()
    assert not second.exists()


def test_a_corrected_mapping_is_applied_to_what_is_still_in_landing(tiny: TinyCity) -> None:
    good, bad = _drop(tiny, row(), name="good.csv"), _drop(tiny, row(编号="B", 单位="甲"), name="bad.csv")
    first = {d.file: d for d in _run(tiny)}
    assert not good.exists()
    assert not bad.exists()
    assert _again(tiny).changed == ()
    assert len(_again(tiny).same) == 2
    tiny.columns["unit_code"] = {"column": "单位", "map": {"甲": "D1"}, "otherwise": "keep"}
    assert [d.file for d in outdated(tiny.load(), tiny.home, read_ledger(tiny.home.lake))] == ["bad.csv", "good.csv"]
    done = _again(tiny)
    assert {after.file: (before.accepted, after.accepted) for before, after in done.changed} == {
        "good.csv": (1, 1), "bad.csv": (0, 1),
    }  # fmt: skip
    ledger = {d.file: d for d in read_ledger(tiny.home.lake)}
    assert ledger["bad.csv"].received_at == first["bad.csv"].received_at
    assert tiny.accepted(ledger["bad.csv"])["unit_code"].to_list() == ["D1"]
    assert outdated(tiny.load(), tiny.home, list(ledger.values())) == []


def test_what_has_left_landing_is_named_and_stays_as_it_was_read(tiny: TinyCity) -> None:
    _drop(tiny, row(编号="B", 单位="甲"), name="bad.csv")
    (delivery,) = _run(tiny)
    (tiny.home.landing / delivery.landing_file).unlink()
    tiny.columns["unit_code"] = {"column": "单位", "map": {"甲": "D1"}}
    done = _again(tiny)
    assert (done.changed, [d.file for d in done.gone]) == ((), ["bad.csv"])
    assert read_ledger(tiny.home.lake) == [delivery]


def test_only_the_source_that_is_named_is_read_again(tiny: TinyCity) -> None:
    _drop(tiny, row(单位="甲"))
    _run(tiny)
    tiny.columns["unit_code"] = {"column": "单位", "map": {"甲": "D1"}}
    done = land_again(tiny.load(), tiny.home, source="other", say=tiny.said.append, check=lambda c, s: [])
    assert done == Replay()


def test_a_replay_that_is_killed_is_finished_by_the_next_run(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    _drop(tiny, row(单位="甲"))
    (delivery,) = _run(tiny)
    tiny.columns["unit_code"] = {"column": "单位", "map": {"甲": "D1"}}
    real = deliver_module.write_parquet

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(deliver_module, "write_parquet", killed)
        with pytest.raises(KeyboardInterrupt):
            _again(tiny)
    assert deliver_module.write_parquet is real
    assert [d.mapping_sha256 for d in read_ledger(tiny.home.lake)] == [BEING_READ]
    _run(tiny)
    (now,) = read_ledger(tiny.home.lake)
    assert (now.delivery_id, now.accepted) == (delivery.delivery_id, 1)
    assert tiny.accepted(now).height == 1


def test_an_unchanged_input_file_is_hashed_once(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tiny.write(row())
    os.utime(path, (time.time() - 60,) * 2)
    hashed: list[Path] = []
    real = hashes_module.sha256
    monkeypatch.setattr(hashes_module, "sha256", lambda p: hashed.append(p) or real(p))
    for _ in range(3):
        _run(tiny, tiny.inputs)
    assert hashed == [path]
    path.write_text(path.read_text(encoding="utf-8").replace("A1", "A2"), encoding="utf-8")  # as many bytes
    assert [d.accepted for d in _run(tiny, tiny.inputs)] == [1]
    assert len(hashed) == 2


def test_a_file_that_has_just_changed_is_hashed_each_time(tiny: TinyCity, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.write(row())
    hashed: list[Path] = []
    real = hashes_module.sha256
    monkeypatch.setattr(hashes_module, "sha256", lambda p: hashed.append(p) or real(p))
    _run(tiny, tiny.inputs)
    _run(tiny, tiny.inputs)
    assert len(hashed) == 2


@pytest.mark.parametrize("damage", ["", "[1, 2]", "{", '{"x": 3}'])
def test_a_damaged_list_of_hashes_costs_time_only(tiny: TinyCity, damage: str) -> None:
    path = tiny.write(row())
    os.utime(path, (time.time() - 60,) * 2)
    _run(tiny, tiny.inputs)
    file = tiny.home.root / "file_hashes.json"
    assert sha256(path.read_bytes()).hexdigest() in file.read_text(encoding="utf-8")
    file.write_text(damage, encoding="utf-8")
    assert _run(tiny, tiny.inputs) == []


def test_the_name_of_the_latest_extract_counts_whichever_came_first(tiny: TinyCity) -> None:
    tiny.source["extracted_at"] = {"from_file_name": r"_(\d{8})", "formats": ["%Y%m%d"]}
    found = []
    for names in (["b_20261002.csv", "a_20261001.csv"], ["a_20261001.csv", "b_20261002.csv"]):
        for path in tiny.home.lake.rglob("hotline-*.parquet"):
            path.unlink()
        for name in names:
            path = tiny.write(row(), name=name)
            city = tiny.load()
            from pipelines.ingest import land_files  # noqa: PLC0415

            land_files(city, tiny.home, city.sources["hotline"], [path], say=tiny.said.append, check=lambda c, s: [])
        (entry,) = read_ledger(tiny.home.lake)
        found.append((entry.file, entry.also, entry.extracted_at, tiny.accepted(entry)["source_file"][0]))
    assert found[0] == found[1]
    assert found[0][:2] == ("b_20261002.csv", ["a_20261001.csv"])


def test_the_bounds_of_the_city_decide_how_a_file_is_read_too(tiny: TinyCity) -> None:
    tiny.columns |= {"longitude": "经度", "latitude": "纬度"}
    headers = (*HEADERS, "经度", "纬度")
    tiny.write((*row(), "116.4", "39.9"), (*row(编号="A2"), "0", "0"), headers=headers)
    (first,) = _run(tiny, tiny.inputs)
    assert (first.accepted, first.rejected) == (2, 0)
    tiny.settings["bounds"] = {"west": 115, "south": 39, "east": 118, "north": 41.5}
    (second,) = _run(tiny, tiny.inputs)
    assert (second.accepted, second.reasons) == (1, {"constraint-error": 1})
    assert _run(tiny, tiny.inputs) == []
