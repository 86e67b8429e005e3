"""What a sheet is: a frame, how each of its columns is headed and written, and which rows stand out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from pipelines.city.models import Label

Kind = Literal["text", "wrap", "whole", "amount", "score", "yuan", "rate", "change", "moment"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column. ``key`` names it in the frame; ``width`` is in characters of Latin text (a Chinese one takes two).

    ``csv_key`` names the column to write in the CSV where it is held more exactly than it is shown.
    """

    key: str
    zh: str
    en: str
    width: float
    kind: Kind = "text"
    centred: bool = False
    printed: bool = True  # columns that are not printed stand after those that are
    csv_key: str = ""

    @property
    def heading(self) -> str:
        return f"{self.zh} {self.en}"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One table, in the workbook and as a CSV of the same name.

    ``tint`` names a text column of the frame that holds '', 'first', 'last' or 'muted' for each row;
    a thicker line is drawn where the values of ``group`` change; ``hold`` columns stay in view when scrolling.
    """

    name: str
    name_en: str
    note_zh: str
    note_en: str
    frame: pl.DataFrame
    fields: tuple[Field, ...]
    hold: int = 1
    group: tuple[str, ...] = ()
    tint: str = ""
    bars: str = ""  # the column that gets a bar for its size


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line of the cover."""

    zh: str
    en: str
    value: str
    value_en: str = ""
    strong: bool = False


@dataclass(frozen=True, kw_only=True)
class Cover:
    """The first sheet: what this is, how settled it is, and how to read it."""

    title_zh: str
    title_en: str
    synthetic: bool
    facts: tuple[Fact, ...]
    state: Label | None = None  # how far the figures are settled: every sheet of figures says so
    notes: tuple[tuple[str, str], ...] = field(default=())
