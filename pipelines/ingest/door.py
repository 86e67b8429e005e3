"""Taking in the files of a city's sources: land, map, check, commit; each file is one delivery of its source."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from expectations import check_city_suites
from pipelines.city import City
from pipelines.city.models import Source
from pipelines.errors import UsageError
from pipelines.ingest import inbox
from pipelines.ingest import lake as lake_files
from pipelines.ingest.archive import is_archive, members
from pipelines.ingest.deliver import Check, Landed, deliver, delivery_id, in_words
from pipelines.ingest.discover import files_of
from pipelines.ingest.extraction import told_extraction
from pipelines.ingest.hashes import Hashes
from pipelines.ingest.joins import Partners, find_partners, is_second, siblings
from pipelines.ingest.landing import StillChanging, land, private_folder
from pipelines.ingest.ledger import BEING_READ, Delivery, mapping_sha256, read_ledger, write_delivery
from pipelines.ingest.masks import mask_text
from pipelines.ingest.refusal import Refusal
from pipelines.ingest.reporter_key import key_id, reporter_key
from pipelines.ingest.thresholds import settle
from pipelines.settings import CityHome

Say = Callable[[str], None]
SCRATCH = f"{lake_files.TEMPORARY}archives"


@dataclass
class Door:
    """One opening of a city's door. ``known`` holds the ledger's deliveries by their id; the caller holds the lock."""

    city: City
    home: CityHome
    say: Say
    check: Check | None = None
    hashes: Hashes = field(init=False)
    key_id: str = field(init=False)
    known: dict[str, Delivery] = field(init=False)
    _seen: dict[Path, os.stat_result] = field(default_factory=dict)  # files as they were before they were hashed

    def __post_init__(self) -> None:
        """Prepare the lake, sweep what a killed run left, and finish what it was reading again.

        Raises UsageError where a check of the city's own is wrong, before anything is read.
        """
        if self.check is None:
            check_city_suites(self.city.folder)
        told = self.say
        self.say = lambda text: told(mask_text(text))  # names of files may hold what is personal
        lake_files.prepare(self.home.lake)
        self.hashes = Hashes(self.home)
        self.key_id = key_id(reporter_key(self.home))
        self.known = {entry.delivery_id: entry for entry in read_ledger(self.home.lake)}
        lake_files.sweep(
            self.home.lake,
            {(entry.contract, entry.delivery_id) for entry in self.known.values() if entry.was_read},
            set(self.known),
        )
        for entry in [entry for entry in self.known.values() if entry.mapping_sha256 == BEING_READ]:
            self.again(entry)

    def close(self, new: Sequence[Delivery]) -> list[Delivery]:
        """Judge what came in by the sources' thresholds; returns ``new`` as the ledger has it then."""
        self.hashes.save()
        settled = {entry.delivery_id: entry for entry in settle(self.city, self.home, self.say)}
        return [settled[name] for name in dict.fromkeys(delivery.delivery_id for delivery in new)]

    def take(self, source: Source, files: Sequence[Path]) -> list[Delivery]:
        """Take in those of ``files`` that are not in the ledger yet under the present mapping and key."""
        mapping = mapping_sha256(self.city, source)
        new: list[Delivery] = []
        for path in files:
            if is_second(source, path.name):
                continue
            partners = find_partners(source, path.name, siblings(path) if source.joins else {})
            if inbox.holds(self.home, path) and not partners.are_quiet():
                self.say(f"{source.source}: a file beside {path.name} is still being written; left for the next run")
                continue
            try:
                if is_archive(path):
                    new += self._take_archive(source, path, mapping)
                else:
                    new += self._take_file(source, path, partners, mapping)
            except StillChanging:
                self.say(f"{source.source}: {path.name} is still being written; left for the next run")
        inbox.clear_seconds(self.home, source, files, self._seen)
        return new

    def _take_file(self, source: Source, path: Path, partners: Partners, mapping: str) -> list[Delivery]:
        """The delivery made of a file that is no archive, none where the ledger has it. One of the inbox then goes."""
        from_inbox = inbox.holds(self.home, path)
        taken, delivery = self._take_one(source, path, path.name, partners, mapping, from_inbox=from_inbox)
        inbox.remove(self.home, path, [taken], self._seen[path])
        return [delivery] if delivery is not None else []

    def _take_archive(self, source: Source, path: Path, mapping: str) -> list[Delivery]:
        """The deliveries made of the members of an archive, each under the name archive.zip/member.csv; an archive that
        cannot be unpacked safely is one refused delivery of its own. One of the inbox is gone afterwards.
        """
        self._seen[path] = path.stat()
        known = self.known.get(delivery_id(source, self.hashes.of(path)))
        if known is not None and known.mapping_sha256 == mapping:  # refused, and would be again
            return self._take_file(source, path, Partners(), mapping)
        found: dict[str, Delivery | None] = {}
        with tempfile.TemporaryDirectory(dir=private_folder(self.home.landing, SCRATCH)) as scratch:
            copy = land(self.home, path, str(Path(scratch).relative_to(self.home.landing)), self._seen[path])
            try:
                for member in members(copy, source, Path(scratch)):
                    partners = find_partners(source, member.name, member.seconds)
                    taken, delivery = self._take_one(
                        source,
                        member.path,
                        member.name,
                        partners,
                        mapping,
                        from_inbox=inbox.holds(self.home, path),
                    )
                    found[taken] = delivery or found.get(taken)
            except Refusal:  # raised before any member comes out; the door tells why, and counts it
                return self._take_file(source, path, Partners(), mapping)
        inbox.remove(self.home, path, list(found), self._seen[path])
        return [delivery for delivery in found.values() if delivery is not None]

    def _take_one(
        self, source: Source, path: Path, name: str, partners: Partners, mapping: str, *, from_inbox: bool
    ) -> tuple[str, Delivery | None]:
        """The id of the delivery that ``path``, called ``name``, makes, and the delivery unless the ledger has it."""
        self._seen |= {one: one.stat() for one in (path, *partners.paths)}
        digest = partners.digest(self.hashes.of(path), self.hashes.of)
        before = self.known.get(delivery_id(source, digest))
        names = self._names(source, mask_text(name), before)
        if before is not None and before.was_read_under(mapping, self.key_id) and names[0] == before.file:
            self._came_again(source, path, before, names, from_inbox=from_inbox)
            return before.delivery_id, None
        landed, *seconds = [
            land(self.home, one, delivery_id(source, digest), self._seen[one]) for one in (path, *partners.paths)
        ]
        delivery = self._deliver(
            Landed(
                source=source,
                name=names[0],
                path=landed,
                partners=Partners(tuple(seconds), partners.missing),
                digest=digest,
                mapping=mapping,
                landing_file=str(landed.relative_to(self.home.landing)),
                also=names[1:],
            ),
            before,
        )
        return delivery.delivery_id, delivery

    def _came_again(self, source: Source, path: Path, before: Delivery, names: list[str], *, from_inbox: bool) -> None:
        if names[1:] != before.also:
            self.known[before.delivery_id] = replace(before, also=names[1:])
            write_delivery(self.home.lake, self.known[before.delivery_id])
        if from_inbox:
            if not inbox.is_landed(self.home, before):
                land(self.home, path, before.delivery_id, self._seen[path])
            self.say(f"{source.source}: {path.name} came in before as {before.file}")

    def _names(self, source: Source, name: str, before: Delivery | None) -> list[str]:
        """All names under which the same bytes came. The one of the latest extract stands first, among equals the first
        by the alphabet, so it does not matter which came first; the others follow by the alphabet."""
        every = {name, *((before.file, *before.also) if before is not None else ())}

        def rank(one: str) -> tuple[timedelta, str]:
            told = told_extraction(self.city, source, one) if len(every) > 1 else None
            return (datetime.max - (told or datetime.min), one)

        best = min(every, key=rank)
        return [best, *sorted(every - {best})]

    def again(self, entry: Delivery) -> list[Delivery] | None:
        """Read a delivery again from landing, under the present mapping; None where it is not there any more. Of an
        archive that was refused come the deliveries that are in it, if it can be unpacked now.
        """
        source = self.city.sources.get(entry.source)
        path = self.home.landing / entry.landing_file
        if source is None or not path.is_file():
            return None
        mapping = mapping_sha256(self.city, source)
        if is_archive(path):
            return self._take_archive(source, path, mapping)
        name = next((n for n in (entry.file, *entry.also) if PurePosixPath(n).name == path.name), path.name)
        partners = find_partners(source, name, siblings(path) if source.joins else {})
        delivery = self._deliver(
            Landed(
                source=source,
                name=entry.file,
                path=path,
                partners=partners,
                digest=entry.sha256,
                mapping=mapping,
                landing_file=entry.landing_file,
                also=entry.also,
            ),
            entry,
        )
        return [delivery]

    def _deliver(self, landed: Landed, before: Delivery | None) -> Delivery:
        earlier = [(d.file, d.headers) for d in self.known.values() if d.source == landed.source.source and d.headers]
        delivery = deliver(self.city, self.home, replace(landed, headers=earlier), self.check, before)
        self.known[delivery.delivery_id] = delivery
        self.say(in_words(delivery))
        return delivery


def take_in(
    city: City, home: CityHome, input_dir: Path | None, *, say: Say, check: Check | None = None
) -> list[Delivery]:
    """Take in every new file of every source below ``input_dir`` and in the inbox; return the new deliveries.

    A file is known by its content: (source, sha256, mapping_sha256) already in the ledger is skipped. ``check``
    judges a sample of the accepted rows (default: the suites of ``expectations``). A file of the inbox is removed once
    landing holds it and the ledger tells of it; those of ``input_dir`` stay.
    """
    door = Door(city, home, say, check)
    new: list[Delivery] = []
    for source in city.sources.values():
        new += door.take(source, files_of(source, home, input_dir))
    return door.close(new)


def land_files(
    city: City, home: CityHome, source: Source, files: Sequence[Path], *, say: Say, check: Check | None = None
) -> list[Delivery]:
    """The same for named ``files`` of one source. Raises UsageError for a file that is not there."""
    for path in files:
        if not path.is_file():
            raise UsageError(f"{path}: there is no such file", "check the path")
        if is_second(source, path.name):
            raise UsageError(f"{path}: a second file, under joins in the source", "name the file that it belongs to")
    door = Door(city, home, say, check)
    return door.close(door.take(source, list(files)))
