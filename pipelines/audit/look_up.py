"""Operands that are printed somewhere: their exact values for each row, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipelines.audit.expressions import Across, Cell, CountRows, Earlier, Mean, Node, SumRows, Total
from pipelines.audit.numbers import number
from pipelines.audit.published import Published
from pipelines.audit.rows import Rows, hold
from pipelines.audit.rule import RuleFile


@dataclass(frozen=True)
class Missing:
    """There is no value, and why."""

    why: str


Found = Fraction | Missing


@dataclass
class Book:
    """A table with its rule file, and the second tables."""

    table: Published
    rule: RuleFile
    others: dict[str, Published]

    def block(self, index: int, blocks: Sequence[str]) -> list[int]:
        """Positions of the rows of the same block as row ``index``."""
        mine = [self.table.rows[index][column] for column in blocks]
        return [i for i, row in enumerate(self.table.rows) if [row[column] for column in blocks] == mine]

    def is_total(self, index: int) -> bool:
        return bool(self.rule.total) and hold(self.rule.total, self.table.rows[index])

    def printed(self, table: Published, index: int, column: str) -> Found:
        """The number in a cell; a blank that means none is 0."""
        text = table.rows[index][column]
        if text == "":
            if table is self.table and self.rule.blank.get(column) == "none":
                return Fraction(0)
            where = "" if table is self.table else f" in {table.path.name}"
            return Missing(f"{column} is not printed in row {index + 1}{where}")
        value = number(text)
        return Missing(f"{column} in row {index + 1} is {text!r}, no number") if value is None else value


Finder = Callable[[int], Found]


def finder(book: Book, operand: str | Node, blocks: Sequence[str]) -> Finder:
    """A function from the position of a row to the value of ``operand`` (a column or a look-up) for that row."""
    table = book.table
    if isinstance(operand, str):
        return lambda index: book.printed(table, index, operand)
    if isinstance(operand, Total):
        return lambda index: _one(
            book, [i for i in book.block(index, blocks) if book.is_total(i)], operand.total, "the total row"
        )
    if isinstance(operand, Cell):
        return lambda index: _one(
            book,
            [i for i in book.block(index, blocks) if hold(operand.row, table.rows[i])],
            operand.cell,
            f"the row {_words(operand.row)}",
        )
    if isinstance(operand, Earlier):
        return lambda index: _earlier(book, operand, index)
    if isinstance(operand, (Mean, SumRows, CountRows)):
        return lambda index: _across(book, operand, index, blocks)
    raise TypeError(operand)


def columns_of(operand: str | Node) -> tuple[list[str], list[str]]:
    """The columns that a look-up needs of its own table and of its second table."""
    if isinstance(operand, str):
        return [operand], []
    if isinstance(operand, Total):
        return [operand.total], []
    if isinstance(operand, Cell):
        return [operand.cell, *operand.row], []
    if isinstance(operand, Earlier):
        return [operand.earlier, operand.by], []
    if isinstance(operand, Across):
        value = [_column(operand)] if _column(operand) else []
        if operand.table is None:
            return [*value, *operand.rows], []
        return list(operand.join.values()), [*value, *operand.rows, *operand.join]
    raise TypeError(operand)


def _column(operand: Across) -> str:
    if isinstance(operand, Mean):
        return operand.mean
    return operand.sum_rows if isinstance(operand, SumRows) else ""


def _words(rows: Rows) -> str:
    return ", ".join(f"{column} = {' or '.join(c.one_of) or '…'}" for column, c in rows.items())


def _one(book: Book, positions: list[int], column: str, what: str) -> Found:
    if len(positions) != 1:
        many = "no row is" if not positions else f"rows {', '.join(str(i + 1) for i in positions)} are"
        return Missing(f"{many} {what} of the block")
    return book.printed(book.table, positions[0], column)


def _earlier(book: Book, operand: Earlier, index: int) -> Found:
    """Periods are ordered as texts (2022-08 before 2022-09), or as numbers where all of them are numbers."""
    rows, here = book.table.rows, book.table.rows[index]
    keys = [column for column in book.rule.key if column != operand.by]
    same = [i for i, row in enumerate(rows) if all(row[k] == here[k] for k in keys)]
    everywhere = {row[operand.by] for row in rows if row[operand.by]}
    values = {text: number(text) for text in everywhere}
    order = sorted(everywhere, key=lambda t: values[t] or 0) if None not in values.values() else sorted(everywhere)
    at = order.index(here[operand.by]) - operand.back if here[operand.by] in order else -1
    if at < 0:
        return Missing(f"there is no earlier {operand.by} than {here[operand.by]}")
    found = [i for i in same if rows[i][operand.by] == order[at]]
    return _one(book, found, operand.earlier, f"that of {operand.by} = {order[at]}, outside")


def _across(book: Book, operand: Across, index: int, blocks: Sequence[str]) -> Found:
    if operand.table is not None:
        other, here = book.others[operand.table], book.table.rows[index]
        positions = [
            i
            for i, row in enumerate(other.rows)
            if all(row[theirs] == here[ours] for theirs, ours in operand.join.items()) and hold(operand.rows, row)
        ]
        what = f"no row of {other.path.name} belongs to row {index + 1}"
    else:
        other = book.table
        everywhere = range(len(other.rows)) if operand.whole_table else book.block(index, blocks)
        with_self = operand.with_self
        if with_self is None:
            with_self = not isinstance(operand, SumRows) and not book.is_total(index)
        positions = [
            i
            for i in everywhere
            if not (i != index and book.is_total(i)) and (with_self or i != index) and hold(operand.rows, other.rows[i])
        ]
        what = "there are no such rows in the block"
    if isinstance(operand, CountRows):
        return Fraction(len(positions))
    if not positions:
        return Missing(what)
    found = [book.printed(other, i, _column(operand)) for i in positions]
    for value in found:
        if isinstance(value, Missing):
            return value
    total = sum((value for value in found if isinstance(value, Fraction)), Fraction(0))
    return total / len(found) if isinstance(operand, Mean) else total
