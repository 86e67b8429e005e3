"""One way to fill a column of the contract from the cells of a file, as Polars expressions over a batch of text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from pipelines.contracts import Column, Type
from pipelines.contracts.schemas import POLARS_TYPES
from pipelines.ingest.cast import Reading, cast_text, clean

NOTHING = pl.lit(None, pl.String)


@dataclass(frozen=True, kw_only=True)
class Way:
    """Which cells of a row fill ``column``, and how their text is read. ``parts`` names the batch's columns that hold
    them; a file that lacks an optional column has none. A ``constant`` needs no cell.
    """

    column: Column
    reading: Reading
    parts: tuple[str, ...] = ()
    join: str = " "
    constant: pl.Series | None = None
    blank_if: tuple[str, ...] = ()
    extract: str | None = None
    is_mapped: bool = False
    keys: tuple[str, ...] = ()  # texts that the map names and that stand for a value
    values: pl.Series | None = None  # the values, typed, in the order of ``keys``
    null_keys: tuple[str, ...] = ()  # texts that the map names and that stand for nothing
    otherwise: str = "reject"

    @property
    def is_text(self) -> bool:
        return self.column.type is Type.TEXT

    @property
    def is_plain(self) -> bool:
        """One cell, read as it stands: the case that must cost nothing beyond the cast."""
        return len(self.parts) == 1 and not (self.blank_if or self.extract or self.is_mapped)

    @property
    def can_fail(self) -> bool:
        """True if a text that is there may turn out unreadable."""
        if self.is_mapped and self.otherwise == "blank":
            return False
        return not self.is_text or ((self.is_mapped or self.extract is not None) and self.otherwise == "reject")

    @property
    def unread(self) -> str:
        """The reason where it does."""
        return "unknown-value" if self.is_mapped and self.otherwise == "reject" else "type-error"

    @property
    def shown(self) -> pl.Expr:
        """The text as it was delivered, for messages and ``if_matches``; several cells joined, blank ones left out."""
        if len(self.parts) == 1:
            return pl.col(self.parts[0])
        if not self.parts:
            return NOTHING
        joined = pl.concat_str([clean(pl.col(part)) for part in self.parts], separator=self.join, ignore_nulls=True)
        return pl.when(joined != "").then(joined)

    @property
    def text(self) -> pl.Expr:
        """The text to be read: without white space at its ends, null where there is nothing or ``blank_if`` says so."""
        if not self.parts:
            return NOTHING
        cells = [clean(pl.col(part)) for part in self.parts]
        if self.blank_if:
            cells = [pl.when(~cell.is_in(list(self.blank_if))).then(cell) for cell in cells]
        return cells[0] if len(cells) == 1 else pl.concat_str(cells, separator=self.join)

    @property
    def is_blanked(self) -> pl.Expr:
        """True where ``blank_if`` made a cell blank."""
        return pl.any_horizontal([clean(pl.col(part)).is_in(list(self.blank_if)) for part in self.parts])

    def told(self, text: pl.Expr) -> pl.Expr:
        """What ``extract`` takes out of ``text``: its brackets, joined."""
        if self.extract is None:
            return text
        groups = range(1, re.compile(self.extract).groups + 1)
        found = pl.concat_str([text.str.extract(self.extract, group) for group in groups], separator=self.join)
        return pl.coalesce(found, text) if self.otherwise == "keep" else found

    def read(self, text: pl.Expr, *, careful: bool) -> pl.Expr:
        """``text`` as a typed value; null where it cannot be read or stands for nothing."""
        told = self.told(text)
        if not self.is_mapped:
            return cast_text(told, self.reading, careful=careful)
        kind = POLARS_TYPES[self.column.type]
        value: pl.Expr = pl.lit(None, kind)
        if self.values is not None:
            value = told.replace_strict(pl.Series(self.keys), self.values, default=None, return_dtype=kind)
        if self.otherwise == "keep":
            kept = pl.when(~told.is_in(list(self.null_keys))).then(told)
            value = pl.coalesce(value, cast_text(kept, self.reading, careful=careful))
        return value

    def quick(self) -> pl.Expr:
        """The value read the quick way. White space alone becomes "" in a plain text column."""
        if self.is_plain:
            raw = pl.col(self.parts[0])
            return cast_text(raw.str.strip_chars() if self.is_text else raw, self.reading, careful=False)
        return self.read(self.text, careful=False)

    def is_blank(self, text: pl.Expr, value: pl.Expr) -> pl.Expr:
        """True where ``text`` (of ``self.text``, or its half-width form) that gave the null ``value`` stands for
        nothing and is no fault."""
        blank = text.is_null()
        if self.null_keys:
            blank = blank | self.told(text).is_in(list(self.null_keys)).fill_null(value=False)
        if self.otherwise == "blank":
            unnamed = value.is_null() if self.is_mapped else self.told(text).is_null()
            blank = blank | unnamed
        return blank


@dataclass(frozen=True, kw_only=True)
class RepairWay:
    """Another way to fill a cell: whenever it is unreadable or blank, or only where its text matches."""

    way: Way
    flag: str
    if_matches: str | None = None
