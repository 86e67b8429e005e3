"""One batch of text: what each row becomes, and which rows have which faults.

Two ways over the same rules. The quick way casts and finds the rows that are surely good; only the others go the
careful way (``careful``), which tries every format, normalises full-width text, makes the declared repairs and names
each fault. A row the careful way can read is accepted like any other, so the quick way decides speed, never the result.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.city.mapping import RowFilter
from pipelines.contracts import Type
from pipelines.ingest.careful import read_carefully, why
from pipelines.ingest.cast import clean, doubtful
from pipelines.ingest.csv_table import ROW
from pipelines.ingest.mapping import REPAIRS, ColumnPlan, Plan
from pipelines.ingest.rejects import FAULT_SCHEMA

BAD = "__bad"


@dataclass(frozen=True)
class Judged:
    """``good``: typed columns of the plan, ``source_row`` and ``repairs``, in file order. ``faults``: FAULT_SCHEMA,
    by row and then in the contract's order of columns."""

    good: pl.DataFrame
    faults: pl.DataFrame


def in_scope(plan: Plan) -> pl.Expr | None:
    """The source's row filters as one expression; None where there is none."""
    tests = [_test(index, test) for index, test in plan.filters]
    return pl.all_horizontal(tests) if tests else None


def _test(index: int, test: RowFilter) -> pl.Expr:
    text = pl.col(f"c{index}").str.strip_chars().fill_null("")
    if test.equals is not None:
        return text == test.equals
    if test.one_of is not None:
        return text.is_in(list(test.one_of))
    if test.contains is not None:
        return text.str.contains(test.contains, literal=True)
    if test.matches is not None:
        return text.str.contains(test.matches)
    if test.not_blank is not None:
        return text != ""
    return ~text.str.contains(test.not_contains or "", literal=True)


def judge(raw: pl.DataFrame, plan: Plan) -> Judged:
    """Judge the rows of ``raw`` (text columns c0 …, the keys that were made, and ROW), all of them in scope and of the
    right shape.
    """
    typed = raw.with_columns(
        *(column.way.quick().alias(column.column.name) for column in plan.columns), _quick_repairs(plan)
    )
    flags = [flag for column in plan.columns for flag in _doubts(column)]
    if flags:
        typed = typed.with_columns(pl.any_horizontal(flags).fill_null(value=False).alias(BAD))
    if not flags or not (bad := typed[BAD]).any():
        return Judged(_tidy(typed, plan), pl.DataFrame(schema=FAULT_SCHEMA))
    doubtful = read_carefully(raw.filter(bad), plan)
    faulty = pl.any_horizontal(pl.col(why(column)).is_not_null() for column in plan.columns)
    rescued = _tidy(doubtful.filter(~faulty), plan)
    good = _tidy(typed, plan).filter(~bad)
    if rescued.height:
        good = pl.concat([good, rescued]).sort("source_row")
    return Judged(good, _faults(doubtful.filter(faulty), plan))


def _quick_repairs(plan: Plan) -> pl.Expr:
    """Names of the repairs that the quick way makes, sorted and comma-separated; null where there was none."""
    hits = [
        pl.when(column.way.is_blanked).then(pl.lit(f"blank_if:{column.column.name}"))
        for column in sorted(plan.columns, key=lambda item: item.column.name)
        if column.way.blank_if and column.way.parts
    ]
    if not hits:
        return pl.lit(None, pl.String).alias(REPAIRS)
    joined = pl.concat_str(hits, separator=",", ignore_nulls=True)
    return pl.when(joined != "").then(joined).alias(REPAIRS)


def _doubts(plan: ColumnPlan) -> list[pl.Expr]:
    """Flags for the quick way: true where the careful way must look. They may be true too often, never too seldom."""
    column, way, value = plan.column, plan.way, pl.col(plan.column.name)
    flags: list[pl.Expr] = [value == ""] if column.type is Type.TEXT else []
    if way.can_fail and way.parts:
        shown = pl.col(way.parts[0]) if len(way.parts) == 1 else way.text
        unread = shown.is_not_null() & value.is_null()
        nothing = way.blank_if + (way.null_keys if way.extract is None else ())
        flags.append(unread & ~clean(shown).is_in(list(nothing)) if nothing else unread)
        doubt = doubtful(value, column.type)
        flags += [doubt] if doubt is not None else []
        if nothing:  # white space only: nothing to tell from unread, so the careful way looks
            flags.append(unread & clean(shown).is_null())
    for repair in plan.repairs:
        flags.append(value.is_null() if repair.if_matches is None else clean(way.shown).str.contains(repair.if_matches))
    if column.required:
        flags.append(value.is_null())
    flags.extend(plan.broken_rules().values())
    return flags


def _tidy(typed: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    names = [column.column.name for column in plan.columns]
    return typed.select(*names, REPAIRS, pl.col(ROW).cast(pl.Int64).alias("source_row"))


def _faults(faulty: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    if faulty.is_empty():
        return pl.DataFrame(schema=FAULT_SCHEMA)
    parts = [
        faulty.filter(pl.col(why(column)).is_not_null()).select(
            pl.col(ROW).cast(pl.Int64).alias("source_row"),
            pl.col(why(column)).alias("reason"),
            pl.lit(column.column.name).alias("column_name"),
            column.way.shown.alias("value"),
            pl.lit(order).alias("__order"),
        )
        for order, column in enumerate(plan.columns)
    ]
    return pl.concat(parts).sort("source_row", "__order").drop("__order")
