"""A rule file against the tables it speaks of: every column and second table it names must be there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pipelines.audit.expressions import Across, Cell, Earlier, GradeOf, LadderOf, Node, RampOf, Total
from pipelines.audit.look_up import Book, columns_of
from pipelines.audit.numbers import printed
from pipelines.audit.published import Published, need_columns
from pipelines.audit.rule import Check, Rule
from pipelines.city.hints import nearest
from pipelines.city.yaml_file import Document
from pipelines.errors import UsageError

LOOK_UPS = (Total, Cell, Earlier, Across)


def check_references(book: Book, document: Document) -> None:
    """Raise UsageError with the line of the first name that is in no table."""
    rules, table = book.rule, book.table
    for key in ("key", "blocks", "inputs", "total", "blank"):
        need_columns(table, list(getattr(rules, key)), document.place(key))
    for at, skip in enumerate(rules.skip):
        names = [*([skip.column] if skip.column else []), *skip.rows]
        need_columns(table, names, document.place("skip", at))
    for at, gap in enumerate(rules.incomplete):
        need_columns(table, [*gap.rows, *gap.columns], document.place("incomplete", at))
    for at, rule in enumerate(rules.rules):
        _rule(book, rule, at, document)


def _rule(book: Book, rule: Rule, at: int, document: Document) -> None:
    table, place = book.table, document.place("rules", at)
    need_columns(table, [rule.column, *rule.rows, *(rule.blocks or ())], place)
    if rule.column in book.rule.inputs:
        raise UsageError(
            f"{place}: {rule.column!r} is declared as an input, which is taken as given",
            "take it out of inputs, or drop the rule",
        )
    if isinstance(rule.complete, dict):
        need_columns(table, list(rule.complete), place)
    for number, check in enumerate(rule.cases or (rule,)):
        here = document.place("rules", at, "cases", number) if rule.cases else place
        if rule.cases:
            need_columns(table, list(rule.cases[number].rows), here)
        _check(book, check, here)


def _check(book: Book, check: Check, place: str) -> None:
    table = book.table
    for shape in (check.rank, check.award):
        if shape is not None and shape.within is not None:
            need_columns(table, shape.within, place)
    if check.award is not None and check.award.rank is not None:
        need_columns(table, [check.award.rank], place)
    for shape in (check.rank, check.award):
        if shape is not None and shape.not_ranked is not None:
            need_columns(table, list(shape.not_ranked), place)
    for shape in _within(check, (RampOf, LadderOf, GradeOf)):
        _percent(table, shape, place)
    for leaf in _leaves(check):
        if isinstance(leaf, Total) and not book.rule.total:
            raise UsageError(f"{place}: total: {leaf.total} needs to know the total row", "add total: {column: text}")
        second = leaf.table if isinstance(leaf, Across) else None
        if second is not None and second not in book.others:
            raise UsageError(
                f"{place}: the table {second!r} is not declared{nearest(second, book.others)}",
                "add it under tables: with its file",
            )
        mine, theirs = columns_of(leaf)
        need_columns(table, mine, place)
        if second is not None:
            need_columns(book.others[second], theirs, place)
            if not leaf.join:  # type: ignore[union-attr]
                raise UsageError(
                    f"{place}: which rows of {second} belong to a row?", "add join: {its column: our column}"
                )


def _leaves(value: Any) -> Iterator[str | Node]:
    """Everything that is looked up below ``value``: columns stand where an operand may."""
    if isinstance(value, LOOK_UPS):
        yield value
        return
    if isinstance(value, tuple):
        for each in value:
            yield from _leaves(each)
        return
    if not hasattr(type(value), "model_fields"):
        return
    for name, inner in type(value).model_fields.items():
        given = getattr(value, name)
        if isinstance(given, str):
            if name in OPERAND_KEYS and _is_operand(inner.annotation):
                yield given
        elif isinstance(given, tuple):
            for each in given:
                if not isinstance(each, str):
                    yield from _leaves(each)
                elif name in OPERAND_LISTS:
                    yield each
        else:
            yield from _leaves(given)


def _within(value: Any, kinds: tuple[type, ...]) -> Iterator[Any]:
    """Every model of one of ``kinds`` in ``value``."""
    if isinstance(value, tuple):
        for each in value:
            yield from _within(each, kinds)
    elif hasattr(type(value), "model_fields"):
        if isinstance(value, kinds):
            yield value
        for name in type(value).model_fields:
            yield from _within(getattr(value, name), kinds)


def _percent(table: Published, shape: RampOf | LadderOf | GradeOf, place: str) -> None:
    """93.72 % is 0.9372: a bound of 95 can only mean 95 %."""
    if not isinstance(shape.of, str) or shape.of not in table.columns:
        return
    cells = [found for row in table.rows if (found := printed(row[shape.of])) is not None]
    if isinstance(shape, RampOf):
        bounds = [x for x, _ in shape.points] + ([shape.target] if isinstance(shape.target, Decimal) else [])
    else:
        bounds = [step.comparison[1] for step in shape.steps]
    far = next((bound for bound in bounds if bound > PERCENT_AT_MOST), None)
    if far is not None and cells and all(cell.per == 100 for cell in cells):
        raise UsageError(
            f"{place}: {shape.of} is printed with a per cent sign, so 93.72 % is 0.9372 and never reaches {far:f}",
            f"write {far:f}% (and lost per unit with unit: 1%)",
        )


PERCENT_AT_MOST = 10  # nobody is asked for more than 1000 %
OPERAND_KEYS = {"of", "over", "in_", "less", "from_", "full", "value", "by", "shape"}
OPERAND_KEYS |= {"target", "lost_per_unit", "floor", "cap", "each", "at_most"}
OPERAND_LISTS = {"sum", "product", "max", "min", "bonus", "penalty", "less", "plus"}


def _is_operand(annotation: Any) -> bool:
    return annotation is not str
