"""Shapes computed by the macros of the scoring engine, exactly, for many rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import polars as pl

from pipelines.audit.expressions import (
    Across,
    Bound,
    Cell,
    Change,
    Difference,
    Earlier,
    FromFull,
    Ladder,
    LadderOf,
    Largest,
    Node,
    PerEvent,
    Product,
    Ramp,
    RampOf,
    Ratio,
    Rounding,
    Share,
    Smallest,
    Sum,
    Total,
    Value,
    WeightedSum,
)
from pipelines.audit.look_up import Book, Found, Missing, finder
from pipelines.errors import DataError
from pipelines.scoring.macros import macros
from pipelines.warehouse.db import open_db

Pair = tuple[str, str]  # the SQL of a numerator and of a denominator
LOOK_UPS = (Total, Cell, Earlier, Across)


class Program:
    """An operand turned into SQL: what is looked up becomes columns of a frame, each shape a stage over it."""

    def __init__(self, book: Book, blocks: Sequence[str]) -> None:
        self._book, self._blocks = book, blocks
        self.leaves: list[str | Node] = []
        self.stages: list[Pair] = []

    def add(self, operand: Any) -> Pair:
        """The pair that holds the value of ``operand``."""
        if isinstance(operand, Decimal):
            return literal(operand)
        if isinstance(operand, (str, LOOK_UPS)):
            return self._rounded(self._leaf(operand), operand)
        return self._rounded(self._stage(self._shape(operand)), operand)

    def _leaf(self, operand: str | Node) -> Pair:
        if operand not in self.leaves:
            self.leaves.append(operand)
        at = self.leaves.index(operand)
        return f"leaf{at}_n", f"leaf{at}_d"

    def _stage(self, pair: Any) -> Pair:
        self.stages.append((pair[0], pair[1]))
        at = len(self.stages) - 1
        return f"stage{at}_n", f"stage{at}_d"

    def _rounded(self, pair: Pair, operand: Any) -> Pair:
        decimals = getattr(operand, "decimals", None)
        if decimals is None:
            return pair
        scale = macros().wide(10**decimals)
        return self._stage((macros().steps(pair, scale, operand.rounding), scale))

    def _shape(self, node: Any) -> Any:  # noqa: PLR0911, PLR0912 a table of shapes
        m = macros()
        if isinstance(node, Value):
            return self.add(node.value)
        if isinstance(node, Ratio):
            return m.over(self.add(node.ratio.of), self.add(node.ratio.over))
        if isinstance(node, Share):
            return m.over(self.add(node.share.of), self.add(node.share.in_))
        if isinstance(node, Sum):
            return self._sum([self.add(part) for part in node.sum])
        if isinstance(node, Product):
            result = self.add(node.product[0])
            for part in node.product[1:]:
                result = self._stage(m.times(result, self.add(part)))
            return result
        if isinstance(node, (Largest, Smallest)):
            parts = node.max if isinstance(node, Largest) else node.min
            result = self.add(parts[0])
            for part in parts[1:]:
                bound = self.add(part)
                pair = m.within(result, low=bound) if isinstance(node, Largest) else m.within(result, high=bound)
                result = self._stage(pair)
            return result
        if isinstance(node, Difference):
            return m.minus(self.add(node.difference.of), self.add(node.difference.less))
        if isinstance(node, Change):
            before = self.add(node.change.from_)
            return m.over(self._stage(m.minus(self.add(node.change.of), before)), before)
        if isinstance(node, WeightedSum):
            spec = node.weighted_sum
            weighted = [self._stage(m.times(self.add(part.of), literal(part.weight))) for part in spec.parts]
            total = self._sum([*weighted, *(self.add(bonus) for bonus in spec.bonus)])
            for penalty in spec.penalty:
                total = self._stage(m.minus(total, self.add(penalty)))
            return total
        if isinstance(node, Ramp):
            return self._ramp(node.ramp)
        if isinstance(node, Ladder):
            return self._ladder(node.ladder)
        if isinstance(node, PerEvent):
            points = self._stage(m.times(self.add(node.per_event.of), self.add(node.per_event.each)))
            return m.within(points, high=self._optional(node.per_event.at_most))
        if isinstance(node, FromFull):
            total = self.add(node.from_full.full)
            for part in node.from_full.less:
                total = self._stage(m.minus(total, self.add(part)))
            for part in node.from_full.plus:
                total = self._stage(m.plus(total, self.add(part)))
            return m.within(total, self._optional(node.from_full.floor), self._optional(node.from_full.cap))
        raise TypeError(node)

    def _optional(self, operand: Any) -> Pair | None:
        return None if operand is None else self.add(operand)

    def _ramp(self, ramp: RampOf) -> Pair:
        m, value = macros(), self.add(ramp.of)
        if ramp.points:
            found: Pair = m.ramp(value, [[literal(x), literal(y)] for x, y in ramp.points])
            return found
        target = self.add(ramp.target)
        behind = self._stage(m.minus(value, target) if ramp.lower_is_better else m.minus(target, value))
        short = self._stage(m.over(self._stage(m.within(behind, low=literal(0))), literal(ramp.unit)))
        if ramp.parts != "in_proportion":
            short = self._stage((m.steps(short, "1", "down" if ramp.parts == "ignored" else "up"), m.wide(1)))
        lost = self._stage(m.times(short, self.add(ramp.lost_per_unit)))
        left: Pair = m.within(self._stage(m.minus(self.add(ramp.full), lost)), low=self.add(ramp.floor))
        return left

    def _sum(self, parts: Sequence[Pair]) -> Pair:
        total = parts[0]
        for part in parts[1:]:
            total = self._stage(macros().plus(total, part))
        return total

    def _ladder(self, ladder: LadderOf) -> Pair:
        step = macros().step_of(self.add(ladder.of), bounds(ladder.steps))
        given = [literal(each.gives) for each in ladder.steps] + [literal(ladder.otherwise)]
        chosen = [
            f"(case {step} {' '.join(f'when {i} then {pair[side]}' for i, pair in enumerate(given))} end)"
            for side in (0, 1)
        ]
        return chosen[0], chosen[1]

    def look_up(self, positions: Sequence[int]) -> tuple[list[list[Found]], list[Missing | None]]:
        """For each row: the values of the leaves, and the first that is missing."""
        finders = [finder(self._book, leaf, self._blocks) for leaf in self.leaves]
        values = [[find(index) for find in finders] for index in positions]
        return values, [next((v for v in row if isinstance(v, Missing)), None) for row in values]

    def frame(self, values: Sequence[Sequence[Found]]) -> pl.DataFrame:
        """The leaves as text of whole numbers, a row each; ``line`` is the position in ``values``."""
        told: dict[str, list[Any]] = {"line": list(range(len(values)))}
        for leaf in range(len(self.leaves)):
            column = [row[leaf] for row in values]
            told[f"leaf{leaf}_n"] = [str(v.numerator) if isinstance(v, Fraction) else None for v in column]
            told[f"leaf{leaf}_d"] = [str(v.denominator) if isinstance(v, Fraction) else None for v in column]
        schema = {name: pl.Int64 if name == "line" else pl.String for name in told}
        return pl.DataFrame(told, schema=schema)

    def query(self, source: str) -> str:
        """A query with every stage as columns beside those of ``source``."""
        m = macros()
        leaves = [f"leaf{i}_{side}" for i in range(len(self.leaves)) for side in "nd"]
        query = f"select line, {', '.join(f'{m.wide(name)} as {name}' for name in leaves) or '1 as one'} from {source}"
        for at, (n, d) in enumerate(self.stages):
            # made smaller by the greatest common divisor, so that long chains keep inside 38 digits
            raw = f"select *, {m.wide(n)} as raw_n, {m.wide(d)} as raw_d from ({query})"
            query = (
                f"select * exclude (raw_n, raw_d), raw_n // nullif(gcd(raw_n, raw_d), 0) as stage{at}_n, "
                f"raw_d // nullif(gcd(raw_n, raw_d), 0) as stage{at}_d from ({raw})"
            )
        return query


def literal(value: Decimal | Fraction | int) -> Pair:
    """A constant as a pair."""
    exact = Fraction(value)
    return macros().wide(exact.numerator), macros().wide(exact.denominator)


def bounds(steps: Sequence[Bound]) -> list[tuple[str, Pair]]:
    return [(name, literal(bound)) for name, bound in (step.comparison for step in steps)]


def evaluate(
    book: Book, operand: Any, positions: Sequence[int], blocks: Sequence[str]
) -> tuple[list[Found], list[dict[str, Found]]]:
    """The value of ``operand`` for each row, exact, and what it was computed from, by name.

    Raises DataError where numbers are too long for the engine.
    """
    program = Program(book, blocks)
    n, d = program.add(operand)
    values, missing = program.look_up(positions)
    with connection() as db:
        db.register("operands", program.frame(values).to_arrow())
        rows = run(
            db,
            f"select line, cast({n} as varchar), cast({d} as varchar) from ({program.query('operands')}) order by line",
        )
    found: list[Found] = []
    for at, numerator, denominator in rows:
        gap = missing[at]
        if gap is not None:
            found.append(gap)
        elif numerator is None or denominator is None or int(denominator) == 0:
            found.append(Missing("a denominator is zero"))
        else:
            found.append(Fraction(int(numerator), int(denominator)))
    names = [name_of(leaf) for leaf in program.leaves]
    return found, [dict(zip(names, row, strict=True)) for row in values]


def rounded(values: Sequence[Fraction], decimals: Sequence[int], rounding: Rounding) -> list[Fraction]:
    """Each value at its number of decimals, by the macro that rounds."""
    frame = pl.DataFrame(
        {
            "line": list(range(len(values))),
            "n": [str(v.numerator) for v in values],
            "d": [str(v.denominator) for v in values],
            "scale": [str(10**places) for places in decimals],
        },
        schema={"line": pl.Int64, "n": pl.String, "d": pl.String, "scale": pl.String},
    )
    m = macros()
    steps = m.steps(("n", "d"), "scale", rounding)
    with connection() as db:
        db.register("found", frame.to_arrow())
        inner = f"select line, {m.wide('n')} as n, {m.wide('d')} as d, {m.wide('scale')} as scale from found"
        rows = run(db, f"select cast({steps} as varchar) from ({inner}) order by line")
    return [Fraction(int(row[0]), 10**places) for row, places in zip(rows, decimals, strict=True)]


def steps_of(values: Sequence[Fraction], steps: Sequence[Bound]) -> list[int]:
    """Which step each value meets first; the number of steps where it meets none."""
    frame = pl.DataFrame(
        {
            "line": list(range(len(values))),
            "n": [str(v.numerator) for v in values],
            "d": [str(v.denominator) for v in values],
        },
        schema={"line": pl.Int64, "n": pl.String, "d": pl.String},
    )
    m = macros()
    with connection() as db:
        db.register("found", frame.to_arrow())
        inner = f"select line, {m.wide('n')} as n, {m.wide('d')} as d from found"
        rows = run(db, f"select {m.step_of(('n', 'd'), bounds(steps))} from ({inner}) order by line")
    return [int(row[0]) for row in rows]


def places(values: Sequence[Fraction], groups: Sequence[tuple[str, ...]], best: str) -> list[int]:
    """The place of each value in its group, 1-2-2-4."""
    if not values:
        return []
    scale = 1
    for value in values:
        scale = scale * value.denominator // _gcd(scale, value.denominator)
    names = {group: str(at) for at, group in enumerate(dict.fromkeys(groups))}
    frame = pl.DataFrame(
        {
            "line": list(range(len(values))),
            "score": [str(int(value * scale)) for value in values],
            "team": [names[group] for group in groups],
        },
        schema={"line": pl.Int64, "score": pl.String, "team": pl.String},
    )
    m = macros()
    with connection() as db:
        db.register("found", frame.to_arrow())
        inner = f"select line, team, {m.wide('score')} as score from found"
        rows = run(db, f"select {m.place('score', best, 'team')} from ({inner}) order by line")
    return [int(row[0]) for row in rows]


@contextmanager
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_db(":memory:") as db:
        yield db


def run(db: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    """The rows of ``sql``. Raises DataError where a number passes 38 digits."""
    try:
        return db.execute(sql).fetchall()
    except (duckdb.OutOfRangeException, duckdb.ConversionException) as error:
        raise DataError(
            f"the numbers of the rule pass 38 digits: {str(error).splitlines()[0]}",
            "round on the way (decimals: on an operand), or compute in fewer stages",
        ) from error


def name_of(leaf: str | Node) -> str:
    """What a looked-up value is called in an explanation."""
    if isinstance(leaf, str):
        return leaf
    if isinstance(leaf, Total):
        return f"{leaf.total} of the total row"
    if isinstance(leaf, Cell):
        return f"{leaf.cell} of " + ", ".join(" or ".join(c.one_of) or column for column, c in leaf.row.items())
    if isinstance(leaf, Earlier):
        return (
            f"{leaf.earlier} of the {leaf.by} before"
            if leaf.back == 1
            else f"{leaf.earlier}, {leaf.back} × {leaf.by} before"
        )
    told = leaf.model_dump(exclude_none=True)
    kind = next(k for k in ("mean", "sum_rows", "count_rows") if k in told)
    what = {"mean": "mean of", "sum_rows": "sum of", "count_rows": "number of"}[kind]
    where = told.get("table") or "the block"
    return f"{what} {told[kind] if kind != 'count_rows' else 'rows'} over {where}"


def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a
