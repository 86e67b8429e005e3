"""The careful way: every format, full-width text, 24:00, the declared repairs, and the reason of each fault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.contracts import Type
from pipelines.contracts.schemas import POLARS_TYPES
from pipelines.ingest.cast import clean, half_width
from pipelines.ingest.mapping import REPAIRS, ColumnPlan, Plan
from pipelines.ingest.moments import MIDNIGHT_24, midnight_24
from pipelines.ingest.ways import Way

FULL_WIDTH, AT_24, BLANKED = "full_width", "midnight_24", "blank_if"
NOT_ASCII = r"[^\x00-\x7F]"
Flags = list[tuple[str, pl.Expr]]


def why(plan: ColumnPlan) -> str:
    """The name under which ``read_carefully`` leaves the reason of the column's fault."""
    return f"__why_{plan.column.name}"


@dataclass(frozen=True)
class _Look:
    """A way with the names of what has been worked out for it: ``text``; ``as_is`` and, where any text of the batch
    asks for them, ``half`` (read in half width) and ``late`` (read as 24:00)."""

    way: Way
    name: str
    is_wide: bool = False
    is_late: bool = False

    @property
    def text(self) -> pl.Expr:
        return pl.col(f"{self.name}_text")

    @property
    def as_is(self) -> pl.Expr:
        return self.way_constant if self.way.constant is not None else pl.col(f"{self.name}_as_is")

    @property
    def way_constant(self) -> pl.Expr:
        value = self.way.constant[0] if self.way.constant is not None else None
        return pl.lit(value, POLARS_TYPES[self.way.column.type])

    @property
    def half(self) -> pl.Expr:
        return pl.col(f"{self.name}_half")

    @property
    def late(self) -> pl.Expr:
        return pl.col(f"{self.name}_late")

    def readings(self) -> list[pl.Expr]:
        """The expressions behind ``as_is``, ``half`` and ``late``, over ``text``."""
        if self.way.constant is not None:
            return []
        found = [self.way.read(self.text, careful=True).alias(f"{self.name}_as_is")]
        narrow = half_width(self.text) if self.is_wide else self.text
        if self.is_wide:
            read = narrow if self.way.is_text else self.way.read(narrow, careful=True)
            found.append(read.alias(f"{self.name}_half"))
        if self.is_late:
            told, reading = self.way.told(narrow), self.way.reading
            found.append(midnight_24(told, reading.formats, reading.zones).alias(f"{self.name}_late"))
        return found

    def outcome(self, plan: ColumnPlan) -> tuple[pl.Expr, Flags]:
        """The value, and the repairs that led to it."""
        value, flags = self.as_is, []
        if self.is_wide:
            is_lost = value.is_null()
            if self.way.is_text:  # a code: in half width only if that makes it a known one
                is_lost = is_lost | ~plan.is_known(value)
                better = pl.when(is_lost & plan.is_known(self.half)).then(self.half)
            else:
                better = pl.when(is_lost).then(self.half)
            flags.append((f"{FULL_WIDTH}:{plan.column.name}", better.is_not_null()))
            value = pl.coalesce(better, value)
        if self.is_late:
            late = pl.when(value.is_null()).then(self.late)
            flags.append((f"{AT_24}:{plan.column.name}", late.is_not_null()))
            value = pl.coalesce(value, late)
        return value, flags

    def is_blank(self, value: pl.Expr) -> pl.Expr:
        """True where the null ``value`` is no fault."""
        blank = self.way.is_blank(self.text, value)
        return blank | self.way.is_blank(half_width(self.text), value) if self.is_wide and self.way.null_keys else blank


def read_carefully(raw: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """``raw`` with the typed columns of the plan, their faults (``why``) and the repairs made.

    Works in stages over all columns at once, so that each text is made and each reading done once.
    """
    looks = {
        column.column.name: [
            _Look(way, f"__{order}_{at}") for at, way in enumerate((column.way, *(r.way for r in column.repairs)))
        ]
        for order, column in enumerate(plan.columns)
    }
    every = [look for of_column in looks.values() for look in of_column]
    frame = raw.with_columns(look.way.text.alias(f"{look.name}_text") for look in every)
    facts = frame.select(
        *(look.text.str.contains(NOT_ASCII).any().alias(f"{look.name}_wide") for look in every),
        *(look.text.str.contains(MIDNIGHT_24).any().alias(f"{look.name}_late") for look in every),
    ).row(0, named=True)
    columns = {column.column.name: column for column in plan.columns}
    looks = {
        name: [
            _Look(
                look.way,
                look.name,
                is_wide=bool(facts[f"{look.name}_wide"]) and _can_be_wide(look.way, columns[name]),
                is_late=bool(facts[f"{look.name}_late"]) and _can_be_late(look.way),
            )
            for look in of_column
        ]
        for name, of_column in looks.items()
    }
    frame = frame.with_columns(
        reading for of_column in looks.values() for look in of_column for reading in look.readings()
    )
    values: list[pl.Expr] = []
    reasons: list[pl.Expr] = []
    flags: Flags = []
    for column in plan.columns:
        value, fault, made = _settle(column, looks[column.column.name])
        values.append(value.alias(column.column.name))
        reasons.append(fault.alias(why(column)))
        flags += made
    frame = frame.with_columns(*values, _repairs(flags))
    return frame.with_columns(reasons)


def _can_be_wide(way: Way, plan: ColumnPlan) -> bool:
    """Typed columns, and codes that are read as they stand; free text keeps its form."""
    return not way.is_text or (plan.has_list and not way.is_mapped and way.extract is None)


def _can_be_late(way: Way) -> bool:
    return way.column.type is Type.TIMESTAMP and not way.is_mapped and way.constant is None


def _settle(plan: ColumnPlan, looks: list[_Look]) -> tuple[pl.Expr, pl.Expr, Flags]:
    """One column: its value after repairs; the reason of its fault, to be worked out on a frame that holds the value;
    the repairs made."""
    own = looks[0]
    read, made = own.outcome(plan)
    value, shown = read, clean(own.way.shown)
    patterns = [repair.if_matches for repair in plan.repairs if repair.if_matches is not None]
    is_distrusted = pl.lit(value=False)
    if patterns:
        is_distrusted = pl.any_horizontal([shown.str.contains(pattern).fill_null(value=False) for pattern in patterns])
        value = pl.when(~is_distrusted).then(value)
        made = [(flag, here & ~is_distrusted) for flag, here in made]
    for repair, look in zip(plan.repairs, looks[1:], strict=True):
        offered, on_the_way = look.outcome(plan)
        is_due = value.is_null()
        if repair.if_matches is not None:
            is_due = is_due & shown.str.contains(repair.if_matches).fill_null(value=False)
        taken = pl.when(is_due).then(offered)
        made.append((repair.flag, taken.is_not_null()))
        made += [(flag, here & taken.is_not_null()) for flag, here in on_the_way]
        value = pl.coalesce(value, taken)
    if own.way.blank_if and own.way.parts:
        made.append((f"{BLANKED}:{plan.column.name}", own.way.is_blanked & value.is_null()))
    blank = own.is_blank(read)
    if patterns:
        blank = blank & ~is_distrusted
    return value, _fault(plan, blank), made


def _fault(plan: ColumnPlan, blank: pl.Expr) -> pl.Expr:
    """The reason why the column fails, else null; for a frame that holds the column's value under its name."""
    value = pl.col(plan.column.name)
    reason: Any = pl.when(value.is_null() & ~blank).then(pl.lit(plan.way.unread))
    if plan.column.required:
        lacks = value.is_null()
        if plan.may_lack:
            lacks = lacks & ~pl.col("is_deleted").fill_null(value=False)
        reason = reason.when(lacks).then(pl.lit("missing-value"))
    for name, broken in plan.broken_rules().items():
        reason = reason.when(broken).then(pl.lit(name))
    fault: pl.Expr = reason.otherwise(None)
    return fault


def _repairs(flags: Flags) -> pl.Expr:
    """The names of the repairs made to a row, each once, sorted and comma-separated; null where there was none."""
    by_name: dict[str, list[pl.Expr]] = {}
    for name, here in flags:
        by_name.setdefault(name, []).append(here)
    if not by_name:
        return pl.lit(None, pl.String).alias(REPAIRS)
    told = [pl.when(pl.any_horizontal(by_name[name])).then(pl.lit(name)) for name in sorted(by_name)]
    joined = pl.concat_str(told, separator=",", ignore_nulls=True)
    return pl.when(joined != "").then(joined).alias(REPAIRS)
