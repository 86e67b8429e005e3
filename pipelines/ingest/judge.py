"""One batch of text: what each row becomes, and which rows have which faults.

Two ways over the same rules. The quick way casts and finds the rows that are surely good; only the others go the
careful way, which tries every format, normalises full-width text and names each fault. A row the careful way can
read is accepted like any other, so the quick way decides speed, never the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.city.mapping import RowFilter
from pipelines.contracts import Type
from pipelines.contracts.schemas import POLARS_TYPES
from pipelines.ingest.cast import cast_text, clean, half_width
from pipelines.ingest.csv_table import ROW
from pipelines.ingest.mapping import ColumnPlan, Plan
from pipelines.ingest.rejects import FAULT_SCHEMA

BAD = "__bad"
REPAIRS = "repairs"


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
    return ~text.str.contains(test.not_contains or "", literal=True)


def judge(raw: pl.DataFrame, plan: Plan) -> Judged:
    """Judge the rows of ``raw`` (text columns c0 … and ROW), all of them in scope and of the right shape."""
    typed = _read(raw, plan, careful=False)
    flags = [flag for column in plan.columns for flag in _doubts(column)]
    if flags:
        typed = typed.with_columns(pl.any_horizontal(flags).fill_null(value=False).alias(BAD))
    if not flags or not (bad := typed[BAD]).any():
        return Judged(_tidy(typed, plan), pl.DataFrame(schema=FAULT_SCHEMA))
    doubtful = _read(raw.filter(bad), plan, careful=True)
    doubtful = doubtful.with_columns(_fault(column).alias(f"__why_{column.column.name}") for column in plan.columns)
    why = [f"__why_{column.column.name}" for column in plan.columns]
    faulty = pl.any_horizontal(pl.col(why).is_not_null())
    rescued = _tidy(doubtful.filter(~faulty), plan)
    good = _tidy(typed, plan).filter(~bad)
    if rescued.height:
        good = pl.concat([good, rescued]).sort("source_row")
    return Judged(good, _faults(doubtful.filter(faulty), plan))


def _read(raw: pl.DataFrame, plan: Plan, *, careful: bool) -> pl.DataFrame:
    """``raw`` with one typed column per planned column beside it, and the repairs made."""
    return raw.with_columns(
        *(_value(column, careful=careful).alias(column.column.name) for column in plan.columns), _repairs(plan)
    )


def _value(plan: ColumnPlan, *, careful: bool) -> pl.Expr:
    """The typed value; null for blank and for what cannot be read."""
    is_text = plan.column.type is Type.TEXT
    if careful or plan.spec.map is not None or plan.spec.blank_if:
        raw = clean(plan.raw)
    else:  # text of white space only becomes "", which _doubts sends the careful way
        raw = plan.raw.str.strip_chars() if is_text else plan.raw
    if plan.spec.blank_if:
        raw = pl.when(~raw.is_in(list(plan.spec.blank_if))).then(raw)
    text = half_width(raw) if careful and not is_text else raw
    if plan.spec.map is None:
        return cast_text(text, plan.reading, careful=careful)
    value = _mapped(plan, raw)
    if careful and not is_text:
        value = pl.coalesce(value, _mapped(plan, text))
    if plan.spec.otherwise == "keep":
        kept = pl.when(~raw.is_in(list(plan.null_keys))).then(text)
        value = pl.coalesce(value, cast_text(kept, plan.reading, careful=careful))
    return value


def _mapped(plan: ColumnPlan, text: pl.Expr) -> pl.Expr:
    kind = POLARS_TYPES[plan.column.type]
    if plan.values is None:
        return pl.lit(None, kind)
    return text.replace_strict(pl.Series(plan.keys), plan.values, default=None, return_dtype=kind)


def _repairs(plan: Plan) -> pl.Expr:
    """Names of the repairs made to a row, sorted and comma-separated; null where there was none."""
    hits = [
        pl.when(clean(column.raw).is_in(list(column.spec.blank_if))).then(pl.lit(f"blank_if:{column.column.name}"))
        for column in sorted(plan.columns, key=lambda item: item.column.name)
        if column.spec.blank_if
    ]
    if not hits:
        return pl.lit(None, pl.String).alias(REPAIRS)
    joined = pl.concat_str(hits, separator=",", ignore_nulls=True)
    return pl.when(joined != "").then(joined).alias(REPAIRS)


def _doubts(plan: ColumnPlan) -> list[pl.Expr]:
    """Flags for the quick way: true where the careful way must look. They may be true too often, never too seldom."""
    column, value = plan.column, pl.col(plan.column.name)
    flags: list[pl.Expr] = [value == ""] if column.type is Type.TEXT else []
    can_fail = column.type is not Type.TEXT or (plan.spec.map is not None and plan.spec.otherwise == "reject")
    if can_fail and not (plan.spec.map is not None and plan.spec.otherwise == "blank"):
        unread = plan.raw.is_not_null() & value.is_null()
        nothing = plan.spec.blank_if + plan.null_keys
        flags.append(unread & ~clean(plan.raw).is_in(list(nothing)) if nothing else unread)
        if nothing:  # white space only: nothing to tell from unread, so the careful way looks
            flags.append(unread & clean(plan.raw).is_null())
    if column.required:
        flags.append(value.is_null())
    flags.extend(_broken_rules(plan).values())
    return flags


def _broken_rules(plan: ColumnPlan) -> dict[str, pl.Expr]:
    """Rules of the contract on a value that is there: reason → true where the rule is broken."""
    column, value = plan.column, pl.col(plan.column.name)
    rules: dict[str, pl.Expr] = {}
    bounds = []
    if column.allowed:
        bounds.append(~value.is_in(list(column.allowed)))
    if column.minimum is not None:
        bounds.append(value < column.minimum)
    if column.maximum is not None:
        bounds.append(value > column.maximum)
    if bounds:
        rules["constraint-error"] = pl.any_horizontal(bounds)
    if plan.codes is not None:
        rules["foreign-key-error"] = ~value.is_in(plan.codes.implode())
    return rules


def _fault(plan: ColumnPlan) -> pl.Expr:
    """The reason why a careful reading of the column fails, else null. Run on a frame that holds the typed values."""
    column, value, text = plan.column, pl.col(plan.column.name), clean(plan.raw)
    blank = text.is_null() | text.is_in(list(plan.spec.blank_if + plan.null_keys))
    if plan.spec.map is not None and plan.null_keys:
        blank = blank | half_width(text).is_in(list(plan.null_keys))
    if plan.spec.map is not None and plan.spec.otherwise == "blank":
        blank = blank | value.is_null()
    unread = "unknown-value" if plan.spec.map is not None and plan.spec.otherwise == "reject" else "type-error"
    reason: Any = pl.when(value.is_null() & ~blank).then(pl.lit(unread))
    if column.required:
        reason = reason.when(value.is_null()).then(pl.lit("missing-value"))
    for name, broken in _broken_rules(plan).items():
        reason = reason.when(broken).then(pl.lit(name))
    fault: pl.Expr = reason.otherwise(None)
    return fault


def _tidy(typed: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    names = [column.column.name for column in plan.columns]
    return typed.select(*names, REPAIRS, pl.col(ROW).cast(pl.Int64).alias("source_row"))


def _faults(faulty: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    if faulty.is_empty():
        return pl.DataFrame(schema=FAULT_SCHEMA)
    parts = [
        faulty.filter(pl.col(f"__why_{column.column.name}").is_not_null()).select(
            pl.col(ROW).cast(pl.Int64).alias("source_row"),
            pl.col(f"__why_{column.column.name}").alias("reason"),
            pl.lit(column.column.name).alias("column_name"),
            column.raw.alias("value"),
            pl.lit(order).alias("__order"),
        )
        for order, column in enumerate(plan.columns)
    ]
    return pl.concat(parts).sort("source_row", "__order").drop("__order")
