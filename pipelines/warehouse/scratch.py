"""A home beside a city's own that is thrown away: the same models build in it, nothing of the city is changed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.settings import CityHome


@contextmanager
def scratch_home(home: CityHome) -> Iterator[CityHome]:
    """An empty home on the disk of ``home``, gone afterwards. What a killed process left is swept first."""
    home.root.mkdir(parents=True, exist_ok=True)
    for left_over in home.root.glob(".scratch-*"):
        shutil.rmtree(left_over)
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=home.root) as folder:
        scratch = CityHome(Path(folder) / home.root.name)
        (scratch.lake / "run").mkdir(parents=True)
        yield scratch
