"""The hashes of input files that have not changed, so that a run need not read them again to know them."""

from __future__ import annotations

import json
import os
import time
from hashlib import blake2b
from pathlib import Path

from pipelines.files import sha256, write_text
from pipelines.settings import CityHome

# A file that was changed so recently may change again without its time telling: it is hashed again the next time.
RACY_SECONDS = 2.0
MOST = 50_000


class Hashes:
    """SHA-256 by (hash of the path, size, time of change), kept in ``<home>/file_hashes.json``.

    Losing the file costs time only.
    """

    def __init__(self, home: CityHome) -> None:
        self._file = home.root / "file_hashes.json"
        self._known: dict[str, list[object]] = {}
        self._used: dict[str, list[object]] = {}
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
            self._known = {str(path): list(entry) for path, entry in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            self._known = {}  # not there, or damaged: hash again

    def of(self, path: Path) -> str:
        """The file's SHA-256 in hex. Raises OSError where it cannot be read."""
        before = path.stat()
        state: list[object] = [before.st_size, before.st_mtime_ns, before.st_ino]
        name = blake2b(os.fsencode(path.resolve()), digest_size=16).hexdigest()
        entry = self._known.get(name)
        if entry is not None and entry[:3] == state:
            digest = str(entry[3])
        else:
            digest = sha256(path)
            if time.time() - before.st_mtime < RACY_SECONDS:
                return digest
        self._used[name] = [*state, digest]
        return digest

    def save(self) -> None:
        """Keep what was asked for this time, and what else is known, unless that is too much."""
        everything = self._known | self._used
        if len(everything) > MOST:
            everything = self._used
        if everything != self._known:
            write_text(json.dumps(everything, ensure_ascii=False, sort_keys=True), self._file)
