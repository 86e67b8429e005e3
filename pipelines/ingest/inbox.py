"""The inbox is emptied as files are taken in: landing holds them, the ledger tells of them.

A file leaves only after its ledger entry is written, so a run that is killed loses nothing: what is still in the inbox
is looked at again, and found to be known.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.city.models import Source
from pipelines.city.patterns import is_file_of
from pipelines.files import sync_folder
from pipelines.ingest.joins import find_partners, siblings
from pipelines.ingest.landing import is_same
from pipelines.ingest.ledger import Delivery
from pipelines.settings import CityHome


def holds(home: CityHome, path: Path) -> bool:
    """Whether ``path`` lies in the inbox."""
    return home.inbox in path.parents


def is_landed(home: CityHome, delivery: Delivery) -> bool:
    """Whether landing still has the file of ``delivery``."""
    path = home.landing / delivery.landing_file
    return path.is_file() and path.stat().st_size == delivery.bytes


def remove(home: CityHome, path: Path, delivery_ids: Sequence[str], seen: os.stat_result) -> None:
    """Take a file that was taken in (an archive as several deliveries) out of the inbox, once landing's copies are on
    disk; any other file stays, as does one that is no longer as it was ``seen``: somebody has delivered anew meanwhile.
    """
    if not holds(home, path):
        return
    for delivery_id in delivery_ids:
        sync_folder(home.landing / delivery_id)
    if path.is_file() and is_same(path.stat(), seen):
        path.unlink()


def clear_seconds(home: CityHome, source: Source, files: Sequence[Path], seen: Mapping[Path, os.stat_result]) -> None:
    """Remove the second files that came with first files which are gone, if no other first file needs them and they are
    still as they were ``seen``.

    A second file that is the same for every delivery (a name without {stem} or {date}) stays.
    """
    own = [join.file for join in source.joins if "{" in join.file]
    if not own:
        return
    left = [path for path in files if holds(home, path) and path.is_file()]
    needed = {second for path in left for second in find_partners(source, path.name, siblings(path)).paths}
    globs = [glob.replace("{stem}", "*").replace("{date}", "*") for glob in own]
    gone = [path for path in files if holds(home, path) and not path.is_file()]
    for path in gone:
        for second in find_partners(source, path.name, siblings(path)).paths:
            is_taken = second in seen and is_same(second.stat(), seen[second])
            if is_taken and second not in needed and any(is_file_of(second.name, glob) for glob in globs):
                second.unlink()  # landed, and put on disk, with its first file
