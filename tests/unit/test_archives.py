"""Archives through the door: their members are deliveries, with the second files that lie beside them."""

from __future__ import annotations

import os
import time

from pipelines.ingest import take_in
from pipelines.ingest.closings import rejects_with_state
from pipelines.ingest.ledger import Delivery, read_ledger
from pipelines.ingest.replay import land_again
from tests.fixtures.make import zipped
from tests.unit.conftest import HEADERS, TinyCity, row


def _csv(*rows: tuple[str, ...], headers: tuple[str, ...] = HEADERS) -> bytes:
    return "".join(",".join(cells) + "\n" for cells in (headers, *rows)).encode()


def _run(tiny: TinyCity, members: dict[str, bytes], name: str = "10.zip") -> list[Delivery]:
    inbox = tiny.home.inbox / "hotline"
    inbox.mkdir(parents=True, exist_ok=True)
    path = inbox / name
    path.write_bytes(zipped(members))
    os.utime(path, (time.time() - 60,) * 2)
    found = take_in(tiny.load(), tiny.home, None, say=tiny.said.append, check=lambda c, s: [])
    assert not path.exists()
    return found


def test_members_come_in_once_under_their_own_names(tiny: TinyCity) -> None:
    content = _csv(row(), row(编号="A2", 返工="x"))
    found = _run(tiny, {"a/cases.csv": content, "b/cases.csv": _csv(row(编号="A3")), "c/again.csv": content})
    assert [(d.file, d.accepted, d.rejected) for d in found] == [
        ("10.zip/a/cases.csv", 1, 1),
        ("10.zip/b/cases.csv", 1, 0),
    ]
    assert tiny.accepted(found[0])["source_file"].to_list() == ["10.zip/a/cases.csv"]
    assert (tiny.home.landing / found[0].landing_file).read_bytes() == content
    assert _run(tiny, {"b/cases.csv": _csv(row(编号="A3"))}) == []
    assert not list((tiny.home.landing / ".tmp-archives").iterdir())


def test_second_files_are_found_in_the_archive_and_again_in_landing(tiny: TinyCity) -> None:
    tiny.source["joins"] = [{"file": "{stem}_units.csv", "on": {"编号": "号"}, "columns": {"承办": "承办"}}]
    tiny.columns["unit_code"] = "承办"
    headers = tuple("原单位" if name == "单位" else name for name in HEADERS)
    tiny.source["ignore"] = ["原单位"]
    members = {
        "x/10.csv": _csv(row(), headers=headers),
        "x/10_units.csv": _csv(("A1", "D1"), headers=("号", "承办")),
    }
    (delivery,) = _run(tiny, members)
    assert tiny.accepted(delivery)["unit_code"].to_list() == ["D1"]
    tiny.source["title"] = {"zh": "热线", "en": "Hotline"}
    tiny.source["ignore"] = ["原单位", "备注"]
    ((_, after),) = land_again(tiny.load(), tiny.home, say=tiny.said.append, check=lambda c, s: []).changed
    assert (after.file, after.state, after.accepted) == ("10.zip/x/10.csv", "accepted", 1)


def test_a_second_file_with_a_broken_row_is_refused_not_raised(tiny: TinyCity) -> None:
    tiny.source["joins"] = [{"file": "{stem}_units.csv", "on": {"编号": "号"}, "columns": {"承办": "承办"}}]
    tiny.source["ignore"] = ["承办"]
    broken = _csv(("A1", "D1", "多"), ("A2", "D1"), headers=("号", "承办"))
    (delivery,) = _run(tiny, {"10.csv": _csv(row(), row(编号="A2")), "10_units.csv": broken})
    assert (delivery.state, delivery.reasons) == ("refused", {"broken-row": 2})


def test_a_refused_archive_comes_in_once_its_limit_is_raised(tiny: TinyCity) -> None:
    tiny.source["archive"] = {"max_bytes": 10}
    (refused,) = _run(tiny, {"cases.csv": _csv(row())})
    assert (refused.file, refused.state, list(read_ledger(tiny.home.lake))) == ("10.zip", "refused", [refused])
    tiny.source["archive"] = {"max_bytes": 10_000}
    ((_, after),) = land_again(tiny.load(), tiny.home, say=tiny.said.append, check=lambda c, s: []).changed
    assert (after.file, after.accepted) == ("10.zip/cases.csv", 1)
    states = (
        rejects_with_state(tiny.home, read_ledger(tiny.home.lake)).select("source_file", "state", "closed_how").rows()
    )
    assert states == [("10.zip", "closed", "file_again")]
