"""A rule file against the tables it speaks of: every column and second table it names must be there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipelines.audit.expressions import Across, Cell, Earlier, Node, Total
from pipelines.audit.look_up import Book, columns_of
from pipelines.audit.published import need_columns
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
    if check.rank is not None and check.rank.not_ranked is not None:
        need_columns(table, list(check.rank.not_ranked), place)
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
        elif isinstance(given, tuple) and given and isinstance(given[0], str):
            if name in OPERAND_LISTS:
                yield from (each for each in given if isinstance(each, str))
                yield from (leaf for each in given if not isinstance(each, str) for leaf in _leaves(each))
        else:
            yield from _leaves(given)


OPERAND_KEYS = {"of", "over", "in_", "less", "from_", "full", "value", "by", "shape"}
OPERAND_LISTS = {"sum", "product", "bonus", "penalty", "less", "plus"}


def _is_operand(annotation: Any) -> bool:
    return annotation is not str
