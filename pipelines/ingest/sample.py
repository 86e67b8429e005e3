"""A sample of rows that stream by: spread evenly, bounded, and the same rows each time."""

from __future__ import annotations

import polars as pl

SAMPLE_ROWS = 100_000


class Sample:
    """Keeps every ``step``-th row; ``step`` doubles whenever more than ``limit`` rows would be kept."""

    def __init__(self, limit: int = SAMPLE_ROWS) -> None:
        self._limit = limit
        self._step = 1
        self._passed = 0
        self._kept: list[pl.DataFrame] = []

    def add(self, frame: pl.DataFrame) -> None:
        """Let the next rows pass; those whose running number divides by the step are kept."""
        first = -self._passed % self._step
        self._passed += frame.height
        if first < frame.height:
            self._kept.append(frame.gather_every(self._step, first))
        while sum(part.height for part in self._kept) > self._limit:
            self._kept = [pl.concat(self._kept).gather_every(2)]
            self._step *= 2

    def frame(self) -> pl.DataFrame:
        """The rows kept so far, in the order in which they passed."""
        return pl.concat(self._kept) if self._kept else pl.DataFrame()
