"""What every opened file is to the rest of the door: a table of text, read in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import polars as pl

ROW = "__row"  # 1-based number of the record in its file; each format says what it counts
FAULT = "__fault"  # only in frames that were read exactly: the reason why the record cannot be taken apart, else null
TOLD = "__told"  # beside FAULT: what was found
BATCH_ROWS = 200_000
BATCH_BYTES = 1 << 26  # of text; fewer rows where they are long
EXACT_ROWS = 50_000  # of a batch that is put together in Python

# name, text of the cells; what the record is too short for, or cannot be read of it, is None
Cells = Sequence[str | None]
Row = tuple[int, Cells, str | None, str | None]  # ROW, cells, FAULT, TOLD


class Ragged(Exception):  # noqa: N818 tells the caller to read again, exactly
    """The file is not plain enough for the quick reader: some record has too many or too few fields, or the like."""


class Table(Protocol):
    """A delivered file whose headers have been read. Columns are named c0, c1 … by position; blank cells are null."""

    @property
    def headers(self) -> tuple[str, ...]: ...

    @property
    def kind(self) -> str: ...

    @property
    def header_row(self) -> int:
        """The number under which the headers would be found, counted like ROW."""
        ...

    @property
    def may_hold_nul(self) -> bool:
        """True if a cell may hold a NUL character."""
        ...

    def batches(self, wanted: Sequence[int], *, tolerant: bool = False) -> Iterator[pl.DataFrame]:
        """Text frames of ``wanted`` column positions and ROW, in file order; FAULT and TOLD too where the file was read
        exactly. Raises Ragged where it has to be (``tolerant``), Refusal where it cannot be read to its end.
        """
        ...

    def count(self) -> int:
        """How many data records the file holds, as far as it can be read; wholly blank ones are none."""
        ...


def frames(rows: Iterator[Row], wanted: Sequence[int], width: int) -> Iterator[pl.DataFrame]:
    """``rows`` as frames of text of ``wanted`` positions, ROW, FAULT and TOLD. A row's cells may be more or less than
    ``width``; text that cannot be written as UTF-8 makes its row a fault.
    """
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == EXACT_ROWS:
            yield _frame(batch, wanted, width)
            batch = []
    if batch:
        yield _frame(batch, wanted, width)


def _frame(batch: list[Row], wanted: Sequence[int], width: int) -> pl.DataFrame:
    full = [
        cells if len(cells) == width else (*cells[:width], *(None,) * (width - len(cells))) for _, cells, _, _ in batch
    ]
    try:
        columns = {f"c{i}": pl.Series([cells[i] for cells in full], dtype=pl.String) for i in wanted}
    except UnicodeEncodeError:
        return _frame([_encodable(row) for row in batch], wanted, width)
    return pl.DataFrame(
        {
            ROW: pl.Series([row[0] for row in batch], dtype=pl.UInt32),
            **columns,
            FAULT: pl.Series([row[2] for row in batch], dtype=pl.String),
            TOLD: pl.Series([row[3] for row in batch], dtype=pl.String),
        }
    ).with_columns(pl.when(pl.col(f"c{i}") != "").then(pl.col(f"c{i}")).alias(f"c{i}") for i in wanted)


def _encodable(row: Row) -> Row:
    number, cells, fault, told = row
    try:
        for cell in cells:
            if cell is not None:
                cell.encode()
    except UnicodeEncodeError:
        return number, (), fault or "wrong-encoding", told or "half of a character (a lone surrogate)"
    return row
