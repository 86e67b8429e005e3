"""The outside of the door: every file as it was received, in a private folder, never changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipelines.ingest.lake import TEMPORARY
from pipelines.ingest.masks import mask_text
from pipelines.settings import CityHome

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600


class StillChanging(Exception):  # noqa: N818 the file is left for the next run
    """The file changed while it was copied."""


def land(home: CityHome, path: Path, delivery_id: str, seen: os.stat_result) -> Path:
    """Copy ``path`` to landing/<delivery_id>/<name, masked> (folder mode 0700) and return the copy.

    ``seen`` is what the file was like before it was hashed, since the delivery is named after its hash. Raises
    StillChanging where size or time of change differ after the copy.
    """
    folder = private_folder(home.landing, delivery_id)
    name = mask_text(path.name)  # the ledger tells where the file lies
    target, temporary = folder / name, folder / f"{TEMPORARY}{name}"
    shutil.copyfile(path, temporary)
    if not is_same(path.stat(), seen):
        temporary.unlink()
        raise StillChanging(str(path))
    temporary.chmod(PRIVATE_FILE)
    temporary.replace(target)
    return target


def is_same(now: os.stat_result, seen: os.stat_result) -> bool:
    """Whether a file is the one it was, as far as can be told without reading it."""
    return (now.st_size, now.st_mtime_ns, now.st_ino) == (seen.st_size, seen.st_mtime_ns, seen.st_ino)


def private_folder(landing: Path, name: str) -> Path:
    """The folder ``name`` below ``landing``, both readable by the owner only."""
    for folder in (landing, landing / name):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(PRIVATE_FOLDER)
    return landing / name
