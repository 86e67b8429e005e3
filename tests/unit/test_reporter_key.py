"""Reporters as keyed hashes: one form per telephone, the key's mode, and rotation with what is still in landing."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from hashlib import blake2b

import polars as pl
import pytest

from pipelines.errors import UsageError
from pipelines.ingest.identities import Identities, same_identity
from pipelines.ingest.ledger import read_ledger
from pipelines.ingest.replay import land_again, outdated
from pipelines.ingest.reporter_key import key_id, reporter_key, rotate_key
from tests.unit.conftest import HEADERS, TinyCity, row


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("13800000000", "13800000000"),
        ("+86 138-0000-0000", "13800000000"),
        ("0086 138 0000 0000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("8613800000000", "13800000000"),
        ("(0371) 6512-3456", "037165123456"),
        (" 工号17 ", "工号17"),
        ("1-23", "1-23"),
        ("a.b@example.org", "a.b@example.org"),
    ],
)
def test_one_telephone_is_one_reporter_however_it_is_written(written: str, same: str) -> None:
    assert pl.DataFrame({"i": [written]}).select(same_identity(pl.col("i"))).item() == same


def test_what_is_remembered_of_identities_changes_no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against BLAKE2b as Python has it, identity by identity, with room for all of them and for two at a time."""
    key = bytes(range(32))
    batches = [["a", None, "b", "a"], ["b", "+86 138-0000-0000", "c", None], ["13800000000", "a", "d"], [None]]
    plain = {"+86 138-0000-0000": "13800000000"}
    expected = [[text and f"{key_id(key)}-{_blake(plain.get(text, text), key)}" for text in batch] for batch in batches]
    for most in (1000, 2):
        monkeypatch.setattr("pipelines.ingest.identities.MOST", most)
        identities = Identities(key)
        found = [identities.hashed(pl.Series("reporter_key", batch, dtype=pl.String)) for batch in batches]
        assert [series.to_list() for series in found] == expected
        assert {series.name for series in found} == {"reporter_key"}


def _blake(text: str, key: bytes) -> str:
    return blake2b(text.encode(), key=key, digest_size=16).hexdigest()


def _reporters(tiny: TinyCity) -> list[str]:
    (delivery,) = read_ledger(tiny.home.lake)
    return tiny.accepted(delivery)["reporter_key"].to_list()


@dataclass
class _Landed:
    tiny: TinyCity
    before: list[str] = field(default_factory=list)


@pytest.fixture
def landed(tiny: TinyCity) -> _Landed:
    tiny.columns["reporter_key"] = "电话"
    phones = ("13800000000", "+86 138-0000-0000", "13900000000")
    rows = [(*row(编号=f"A{n}"), phone) for n, phone in enumerate(phones)]
    tiny.land(tiny.write(*rows, headers=(*HEADERS, "电话")))
    return _Landed(tiny, _reporters(tiny))


def test_repeat_reporters_can_be_counted(landed: _Landed) -> None:
    first, again, other = landed.before
    assert first == again != other
    assert all(value.startswith(key_id(reporter_key(landed.tiny.home)) + "-") for value in landed.before)


def test_a_rotated_key_hashes_again_what_is_in_landing(landed: _Landed) -> None:
    tiny = landed.tiny
    old, new = rotate_key(tiny.home)
    assert old != new
    assert stat.S_IMODE(tiny.home.reporter_key.stat().st_mode) == 0o600
    assert _reporters(tiny) == landed.before  # until it is read again
    assert len(outdated(tiny.load(), tiny.home, read_ledger(tiny.home.lake))) == 1
    done = land_again(tiny.load(), tiny.home, say=tiny.said.append, check=lambda c, s: [])
    assert len(done.changed) == 1
    after = _reporters(tiny)
    assert after[0] == after[1] != after[2]
    assert not set(after) & set(landed.before)
    assert {value.split("-")[0] for value in after} == {new}
    assert outdated(tiny.load(), tiny.home, read_ledger(tiny.home.lake)) == []


def test_hashes_of_what_has_left_landing_keep_the_id_of_their_key(landed: _Landed) -> None:
    tiny = landed.tiny
    (delivery,) = read_ledger(tiny.home.lake)
    (tiny.home.landing / delivery.landing_file).unlink()
    old, _ = rotate_key(tiny.home)
    done = land_again(tiny.load(), tiny.home, say=tiny.said.append, check=lambda c, s: [])
    assert [d.key_id for d in done.gone] == [old]
    assert _reporters(tiny) == landed.before


def test_a_key_that_others_may_read_is_refused(landed: _Landed) -> None:
    landed.tiny.home.reporter_key.chmod(0o644)
    with pytest.raises(UsageError, match="may read the key"):
        reporter_key(landed.tiny.home)


def test_a_file_named_after_a_person_is_known_by_a_masked_name(tiny: TinyCity) -> None:
    delivery = tiny.land(tiny.write(row(), name="投诉_13812345678_张先生.csv"))
    assert delivery.file == "投诉_***_***先生.csv"
    assert (tiny.home.landing / delivery.landing_file).is_file()
    assert not any("13812345678" in line for line in tiny.said)
    assert not any("13812345678" in path.name for path in tiny.home.root.rglob("*"))


@pytest.mark.parametrize("text", ["匿名", "无", "NULL", "-", "00000000000", "保密", " unknown "])
def test_nobody_is_no_repeat_reporter(tiny: TinyCity, text: str) -> None:
    tiny.columns["reporter_key"] = "电话"
    rows = [(*row(编号="A1"), text), (*row(编号="A2"), text), (*row(编号="A3"), "13800138000")]
    found = tiny.accepted(tiny.land(tiny.write(*rows, headers=(*HEADERS, "电话"))))["reporter_key"].to_list()
    assert found[:2] == [None, None]
    assert found[2] is not None
