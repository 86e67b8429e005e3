"""Dirty rows: every kind of mistake that the door must catch, and some that it must put up with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.city.models import Source
from pipelines.synthetic.feeds import as_text, header_of

UNREADABLE = ("2026-13-45 99:99:99", "二〇二六年九月三日", "2026-02-30 10:00:00", "待定")
UNKNOWN_UNIT = "X99"
FULL_WIDTH = dict(zip("0123456789", "０１２３４５６７８９", strict=True))


@dataclass(frozen=True)
class Kind:
    """One kind of dirty row. ``column`` is the contract's; ``is_accepted``: the row is as good as its model."""

    name: str
    column: str = ""
    is_accepted: bool = False


# ``exact_duplicate`` stands for rows delivered twice; the others are copies spoilt in one column.
CASE_KINDS = (
    Kind("unreadable_date", "dispatched_at"),
    Kind("unreadable_date", "reported_at"),
    Kind("unknown_unit", "unit_code"),
    Kind("blank_key", "case_id"),
    Kind("blank_required", "reported_at"),
    Kind("outside_value_map", "is_valid"),
    Kind("negative_count", "rework_count"),
    Kind("exact_duplicate", is_accepted=True),
    Kind("full_width_digits", "rework_count", is_accepted=True),
    Kind("other_date_format", "reported_at", is_accepted=True),
)
OPERATION_KINDS = (
    Kind("unreadable_date", "operated_on"),
    Kind("unknown_unit", "unit_code"),
    Kind("blank_key", "operation_id"),
    Kind("outside_value_map", "measure"),
    Kind("negative_count", "actual"),
    Kind("unreadable_number", "planned"),
    Kind("exact_duplicate", is_accepted=True),
)


@dataclass(frozen=True)
class Soiled:
    """What becomes of the rows of a file: ``clean`` stay as they are, ``dirty`` (text) come on top, ``withheld`` good
    rows are missing because a spoilt copy stands in for them; they belong into the next file. ``tally`` has one row
    per kind: kind, column, rows, is_accepted.
    """

    clean: pl.DataFrame
    dirty: pl.DataFrame
    withheld: pl.DataFrame
    tally: pl.DataFrame

    @property
    def outcome(self) -> tuple[int, int]:
        """How many of the dirty rows the door should accept, and how many reject."""
        good = int(self.tally.filter("is_accepted")["rows"].sum())
        return good, self.dirty.height - good


def soil(
    rng: np.random.Generator,
    source: Source,
    rows: pl.DataFrame,
    kinds: Sequence[Kind],
    rate: float,
    *,
    always: int | None,
    may_withhold: bool,
) -> Soiled:
    """Spoil a share ``rate`` of ``rows`` (in the file's headers), each with one of ``kinds``.

    ``always`` is the position of a kind that comes at least once, so that small cities have every kind too. Where
    ``may_withhold``, every second spoilt row stands in place of the good one.
    """
    number = min(int(rate * rows.height + rng.random()), rows.height)
    kind = rng.integers(0, len(kinds), number)
    if always is not None and rows.height:
        kind = np.append(kind[: rows.height - 1], always % len(kinds))
    place = np.sort(rng.choice(rows.height, len(kind), replace=False)) if rows.height else np.empty(0, np.int64)
    is_bad = np.array([not k.is_accepted for k in kinds])[kind]
    is_withheld = is_bad & (rng.random(len(kind)) < 0.5) & may_withhold
    gone = np.zeros(rows.height, dtype=bool)
    gone[place[is_withheld]] = True
    dirty, tally = [], []
    for i, what in enumerate(kinds):
        mine = rows[place[kind == i]]
        if mine.height:
            dirty.append(_spoil(source, what, mine))
            tally.append((what.name, what.column, mine.height, what.is_accepted))
    return Soiled(
        clean=rows.filter(pl.Series(~gone)),
        dirty=pl.concat(dirty) if dirty else as_text(rows.clear()),
        withheld=rows.filter(pl.Series(gone)),
        tally=pl.DataFrame(
            tally,
            schema={"kind": pl.String, "column": pl.String, "rows": pl.Int64, "is_accepted": pl.Boolean},
            orient="row",
        ),
    )


def _spoil(source: Source, kind: Kind, rows: pl.DataFrame) -> pl.DataFrame:
    text = as_text(rows)
    if not kind.column:
        return text
    header = header_of(source, kind.column)
    cell = pl.col(header)
    spoilt = {
        "unreadable_date": _cycle(UNREADABLE),
        "unknown_unit": pl.lit(UNKNOWN_UNIT),
        "blank_key": pl.lit(None, pl.String),
        "blank_required": pl.lit(None, pl.String),
        "outside_value_map": pl.lit("不详"),
        "negative_count": pl.lit("-1"),
        "unreadable_number": pl.lit("缺数"),
        "full_width_digits": cell.str.replace_many(FULL_WIDTH),
        "other_date_format": cell.str.replace_all("-", "/", literal=True),
    }[kind.name]
    return text.with_columns(spoilt.alias(header))


def _cycle(values: Sequence[str]) -> pl.Expr:
    return (pl.int_range(pl.len()) % len(values)).replace_strict(
        list(range(len(values))), list(values), return_dtype=pl.String
    )
