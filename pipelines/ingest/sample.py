"""A sample of rows that stream by: spread evenly, bounded, and the same rows each time."""

from __future__ import annotations

import polars as pl

SAMPLE_ROWS = 100_000
SAMPLE_BYTES = 1 << 28  # fewer rows where they are long


class Sample:
    """Keeps every ``step``-th row; ``step`` doubles whenever more than ``limit`` rows, or ``most`` bytes, would be
    kept. About ``expected`` rows are to come, 0 where nobody knows: the step begins where it would come to with
    them, since every doubling copies what was kept.
    """

    def __init__(self, limit: int = SAMPLE_ROWS, most: int = SAMPLE_BYTES, expected: int = 0) -> None:
        self._limit, self._most = limit, most
        self._step = 1
        while expected // (2 * self._step) >= limit:  # a step too wide could not be taken back
            self._step *= 2
        self._passed = 0
        self._kept: list[pl.DataFrame] = []

    def add(self, frame: pl.DataFrame) -> None:
        """Let the next rows pass; those whose running number divides by the step are kept."""
        while self._rows() + self._picked(frame.height) > self._limit:
            self._halve()
        if self._picked(frame.height):
            picked = frame.gather_every(self._step, -self._passed % self._step)
            self._kept.append(_own(picked) if self._step > 1 else picked)
        self._passed += frame.height
        while self._rows() > 1 and sum(part.estimated_size() for part in self._kept) > self._most:
            self._halve()

    def _rows(self) -> int:
        return sum(part.height for part in self._kept)

    def _picked(self, height: int) -> int:
        """How many of the next ``height`` rows would be kept."""
        return len(range(-self._passed % self._step, height, self._step))

    def _halve(self) -> None:
        self._step *= 2
        if self._kept:
            self._kept = [_own(pl.concat(self._kept).gather_every(2))]

    def frame(self) -> pl.DataFrame:
        """The rows kept so far, in the order in which they passed."""
        return pl.concat(self._kept) if self._kept else pl.DataFrame()


def _own(frame: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with texts of its own: picked rows would keep the texts of their whole batch in memory."""
    return pl.DataFrame(pl.from_arrow(frame.to_arrow(compat_level=pl.CompatLevel.oldest()), schema=frame.schema))
