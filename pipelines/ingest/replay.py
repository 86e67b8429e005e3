"""`cityeval land --again`: reading what is still in landing once more, under the settings as they are now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.city import City
from pipelines.ingest.deliver import Check
from pipelines.ingest.door import Door
from pipelines.ingest.ledger import Delivery, mapping_sha256, read_ledger
from pipelines.ingest.reporter_key import key_id, reporter_key
from pipelines.settings import CityHome

Say = Callable[[str], None]


@dataclass(frozen=True)
class Replay:
    """What reading again did. ``changed`` pairs a delivery before and after; ``same`` were read under the present
    settings already; ``gone`` need it but have left landing; ``orphans`` belong to a source that is no more."""

    changed: tuple[tuple[Delivery, Delivery], ...] = ()
    same: tuple[Delivery, ...] = ()
    gone: tuple[Delivery, ...] = ()
    orphans: tuple[Delivery, ...] = ()


def land_again(
    city: City, home: CityHome, *, source: str | None = None, say: Say, check: Check | None = None
) -> Replay:
    """Read again every delivery (of ``source``, else of all) whose settings or whose hashes' key have changed since it
    was read, and every refused one, for its checks may have changed. The others would come out as they are. The caller
    holds the lock.
    """
    before = [entry for entry in read_ledger(home.lake) if source in (None, entry.source)]
    door = Door(city, home, say, check)
    hashes = {name: mapping_sha256(city, described) for name, described in city.sources.items()}
    changed: list[tuple[Delivery, Delivery]] = []
    same, gone, orphans = [], [], []
    for entry in before:
        if entry.source not in hashes:
            orphans.append(entry)
        elif entry.was_read_under(hashes[entry.source], door.key_id) and entry.was_read:
            same.append(entry)
        else:
            after = door.again(entry)
            if after is None:
                gone.append(entry)
            else:
                changed += [(entry, one) for one in after]
                same += [] if after else [entry]
    settled = door.close([after for _, after in changed])
    pairs = tuple((old, new) for (old, _), new in zip(changed, settled, strict=True))
    return Replay(pairs, tuple(same), tuple(gone), tuple(orphans))


def outdated(city: City, home: CityHome, ledger: list[Delivery]) -> list[Delivery]:
    """The deliveries that were read under settings of their source, or a key, which have changed since."""
    hashes = {name: mapping_sha256(city, source) for name, source in city.sources.items()}
    key = key_id(reporter_key(home))
    return [d for d in ledger if d.source in hashes and not d.was_read_under(hashes[d.source], key)]
