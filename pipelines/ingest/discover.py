"""Which files are there to be taken in."""

from __future__ import annotations

import time
from pathlib import Path

from pipelines.city.models import Source
from pipelines.city.patterns import UNFINISHED, of_any_case
from pipelines.settings import CityHome

SETTLE_SECONDS = 2.0  # a file in the inbox that changed more recently may still be growing


def files_of(source: Source, home: CityHome, input_dir: Path | None) -> list[Path]:
    """The files of ``source``: its globs at any depth of ``input_dir`` (.CSV is .csv), then its folder of the inbox.

    Sorted by path within each of the two places, each file once. Hidden files, Excel's lock files, names of
    unfinished downloads and inbox files younger than ``SETTLE_SECONDS`` are left alone.
    """
    found: dict[Path, None] = {}
    if input_dir is not None and input_dir.is_dir():
        for pattern in source.files:
            for path in sorted(input_dir.rglob(of_any_case(pattern))):
                if is_finished(path):
                    found[path] = None
    inbox = home.inbox / source.source
    if inbox.is_dir():
        for path in sorted(inbox.rglob("*")):
            if is_finished(path) and _is_quiet(path):
                found[path] = None
    return list(found)


def is_finished(path: Path) -> bool:
    """False for what is no file, is hidden, or says by its name that it is not whole yet."""
    return path.is_file() and not path.name.startswith((".", "~$")) and path.suffix.lower() not in UNFINISHED


def _is_quiet(path: Path) -> bool:
    return time.time() - path.stat().st_mtime >= SETTLE_SECONDS
