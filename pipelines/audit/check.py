"""Checking a published table: every cell that a rule speaks of is recomputed from the cells that were published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from pipelines.audit.awards import award_cells
from pipelines.audit.compute import evaluate, rounded, steps_of
from pipelines.audit.expressions import SumRows
from pipelines.audit.judgement import Judged, Judgement, compare, words_for
from pipelines.audit.look_up import Book, Missing
from pipelines.audit.numbers import printed
from pipelines.audit.published import Published, read_published
from pipelines.audit.ranks import in_whole_groups, rank_cells, takes_part
from pipelines.audit.references import check_references
from pipelines.audit.rows import hold
from pipelines.audit.rule import AttainableOf, Check, Rule, RuleFile, read_rule
from pipelines.errors import UsageError

AS_FACTOR = {"percent": 100, "permille": 1000, "number": 1}


@dataclass(frozen=True)
class Skipped:
    """A cell (or, without row and column, something about the table) that was not checked. Rows count from 1."""

    row: int | None
    column: str | None
    why: str


@dataclass(frozen=True)
class Mismatch:
    """A published cell that does not follow. ``computed`` is in the cell's own decimals; None: nothing should stand
    there."""

    row: int
    key: dict[str, str]
    column: str
    published: str
    computed: str | None
    why: str


@dataclass
class Audit:
    """What came of one table and its rule file."""

    table: Path
    rule: Path
    title: str = ""
    cells_checked: int = 0
    cells_skipped: list[Skipped] = field(default_factory=list)
    mismatches: list[Mismatch] = field(default_factory=list)


def audit_table(table: Path, rule: Path) -> Audit:
    """Recompute ``table`` by ``rule``. Raises UsageError (with the rule file's line) where the rule is wrong or does
    not fit the table, DataError where its numbers are too long.
    """
    rules, document = read_rule(rule)
    published = read_published(table, rules.blank_marks)
    if not published.rows:
        raise UsageError(f"{table}: there is a header and no row", "give the table that was published")
    others = {
        name: read_published(_second(file, table, rule, document.place("tables", name)), rules.blank_marks)
        for name, file in rules.tables.items()
    }
    book = Book(published, rules, others)
    check_references(book, document)
    audit = Audit(table, rule, rules.title)
    gaps = _incomplete(rules, published)
    audit.cells_skipped += _declared(rules, published) + [Skipped(i + 1, col, why) for (i, col), why in gaps.items()]
    off: set[tuple[int | None, str | None]] = {(s.row, s.column) for s in audit.cells_skipped}
    judged: dict[tuple[int, str], Judged] = {}
    for one in rules.rules:
        for check, positions in _shares(one, published):
            for cell in _apply(book, one, check, positions, off, gaps):
                if (cell.index + 1, cell.column) not in off:
                    _note(judged, cell)
    _gather(audit, book, judged)
    return audit


def _second(file: str, table: Path, rule: Path, place: str) -> Path:
    tried = [folder / file for folder in (table.parent, rule.parent)]
    found = next((path for path in tried if path.is_file()), None)
    if found is None:
        raise UsageError(f"{place}: there is no file {file!r} beside the table or the rule", "correct its name")
    return found


def _declared(rules: RuleFile, table: Published) -> list[Skipped]:
    """What the rule file says is not to be checked."""
    skipped = []
    for skip in rules.skip:
        if skip.column is None:
            skipped.append(Skipped(None, None, skip.why))
            continue
        skipped += [Skipped(at, skip.column, skip.why) for at, row in enumerate(table.rows, 1) if hold(skip.rows, row)]
    return skipped


def _incomplete(rules: RuleFile, table: Published) -> dict[tuple[int, str], str]:
    """Why the inputs of a cell (its row from 0, its column) are not all printed, where the file says so."""
    checked = dict.fromkeys(rule.column for rule in rules.rules)
    found: dict[tuple[int, str], str] = {}
    for gap in rules.incomplete:
        for at, row in enumerate(table.rows):
            for column in (gap.columns or tuple(checked)) if hold(gap.rows, row) else ():
                if any(rule.column == column and hold(rule.rows, row) for rule in rules.rules):
                    found.setdefault((at, column), gap.why)
    return found


def _shares(rule: Rule, table: Published) -> Iterable[tuple[Check, list[int]]]:
    """Each shape of ``rule`` with the positions of the rows for which it holds."""
    mine = [i for i, row in enumerate(table.rows) if hold(rule.rows, row)]
    if not rule.cases:
        yield rule, mine
        return
    left = mine
    for case in rule.cases:
        held = [i for i in left if hold(case.rows, table.rows[i])]
        left = [i for i in left if i not in set(held)]
        yield case, held


def _apply(  # noqa: PLR0911 a table of shapes
    book: Book,
    rule: Rule,
    check: Check,
    positions: list[int],
    off: set[tuple[int | None, str | None]],
    gaps: dict[tuple[int, str], str],
) -> list[Judged]:
    """The judgement of every cell of ``rule`` at ``positions``, but for those of ``off`` (rows from 1)."""
    if not positions:
        return []
    rules, blank_is_none = book.rule, book.rule.blank.get(rule.column) == "none"
    blocks = rules.blocks if rule.blocks is None else rule.blocks
    # whoever is not checked keeps the place in the group: the others are judged beside it
    if check.rank is not None:
        found = rank_cells(book, rule.column, check.rank, positions, blocks, blank_is_none=blank_is_none)
        grouped = [i for i in positions if takes_part(book, check.rank, i)]
        return in_whole_groups(book, found, grouped, blocks if check.rank.within is None else check.rank.within, gaps)
    if check.award is not None:
        found = award_cells(book, rule, check.award, positions, blocks, blank_is_none=blank_is_none)
        grouped = [i for i in positions if takes_part(book, check.award, i)]
        return in_whole_groups(book, found, grouped, blocks if check.award.within is None else check.award.within, gaps)
    positions = [i for i in positions if (i + 1, rule.column) not in off]
    if not positions:
        return []
    cells = [book.table.rows[i][rule.column] for i in positions]
    wanted = [i for i, cell in zip(positions, cells, strict=True) if cell != "" or blank_is_none]
    done = [Judged(i, rule.column, Judgement.skipped("the cell is not printed")) for i in positions if i not in wanted]
    if rule.complete is not None or _needs_complete(check):
        incomplete = [i for i in wanted if not _is_complete(rule, book, i)]
        done += [Judged(i, rule.column, Judgement.skipped(_parts(book, i, blocks))) for i in incomplete]
        wanted = [i for i in wanted if i not in set(incomplete)]
    if not wanted:
        return done
    if check.grade is not None:
        return done + _grades(book, rule, check, wanted, blocks)
    if check.attainable is not None:
        return done + _attainable(book, rule, check, check.attainable, wanted, blocks)
    return done + _numbers(book, rule, check, wanted, blocks)


def _numbers(book: Book, rule: Rule, check: Check, wanted: list[int], blocks: Sequence[str]) -> list[Judged]:
    values, inputs = evaluate(book, check.shape, wanted, blocks)
    judged: list[Judged] = []
    rows: list[tuple[int, Fraction, dict[str, Any]]] = []
    for index, value, told in zip(wanted, values, inputs, strict=True):
        if isinstance(value, Missing):
            judged.append(Judged(index, rule.column, Judgement.skipped(value.why)))
        else:
            rows.append((index, value * _factor(rule, book.table.rows[index][rule.column]), told))
    places = [_decimals(rule, book.table.rows[index][rule.column]) for index, _, _ in rows]
    nearest = rounded([value for _, value, _ in rows], places, rule.rounding) if rows else []
    for (index, value, told), near, decimals in zip(rows, nearest, places, strict=True):
        cell = book.table.rows[index][rule.column]
        verdict = compare(cell, near, value, Fraction(rule.tolerance), decimals, words_for(told))
        judged.append(Judged(index, rule.column, verdict))
    return judged


def _grades(book: Book, rule: Rule, check: Check, wanted: list[int], blocks: Sequence[str]) -> list[Judged]:
    assert check.grade is not None  # noqa: S101 the caller looked
    values, inputs = evaluate(book, check.grade.of, wanted, blocks)
    known = [(i, v, told) for i, v, told in zip(wanted, values, inputs, strict=True) if isinstance(v, Fraction)]
    judged = [
        Judged(i, rule.column, Judgement.skipped(v.why))
        for i, v in zip(wanted, values, strict=True)
        if isinstance(v, Missing)
    ]
    given = [step.gives for step in check.grade.steps] + [check.grade.otherwise]
    steps = steps_of([value for _, value, _ in known], check.grade.steps) if known else []
    for (index, _, told), step in zip(known, steps, strict=True):
        cell = book.table.rows[index][rule.column]
        right = given[step]
        verdict = Judgement.right() if cell == right else Judgement.wrong(right, f"{words_for(told)} gives {right}")
        judged.append(Judged(index, rule.column, verdict))
    return judged


def _attainable(
    book: Book, rule: Rule, check: Check, shape: AttainableOf, wanted: list[int], blocks: Sequence[str]
) -> list[Judged]:
    values, _ = evaluate(book, shape.over, wanted, blocks)
    judged = []
    for index, under in zip(wanted, values, strict=True):
        cell = book.table.rows[index][rule.column]
        rate = printed(cell)
        if isinstance(under, Missing):
            verdict = Judgement.skipped(under.why)
        elif rate is None:
            verdict = Judgement.wrong(None, f"{cell!r} is no number")
        elif under.denominator != 1 or under <= 0:
            verdict = Judgement.skipped(f"the denominator {under} is no whole number above 0")
        else:
            factor = _factor(rule, cell)
            verdict = _some_numerator(rule, factor, cell, rate.value, int(under), above_one=shape.above_one)
        judged.append(Judged(index, rule.column, verdict))
    return judged


def _some_numerator(rule: Rule, factor: int, cell: str, rate: Fraction, under: int, *, above_one: bool) -> Judgement:
    decimals = _decimals(rule, cell)
    guess = int(rate * under / factor)
    tried = [k for k in range(guess - 2, guess + 4) if k >= 0 and (above_one or k <= under)] or [under]
    near = rounded([Fraction(k * factor, under) for k in tried], [decimals] * len(tried), rule.rounding)
    best, value = min(zip(tried, near, strict=True), key=lambda pair: (abs(pair[1] - rate), pair[0]))
    if value == rate:
        return Judgement.right()
    why = f"no whole numerator over {under} gives it; the nearest is {best}"
    return compare(cell, value, value, Fraction(rule.tolerance), decimals, why)


def _factor(rule: Rule, cell: str) -> int:
    """What a computed value is multiplied with to stand in the cell: a value under a per cent sign is one of 100."""
    if rule.as_ is not None:
        return AS_FACTOR[rule.as_]
    found = printed(cell)
    return 1 if found is None else found.per


def _decimals(rule: Rule, cell: str) -> int:
    if rule.decimals != "printed":
        return rule.decimals
    found = printed(cell)
    return 0 if found is None else found.decimals


def _needs_complete(check: Check) -> bool:
    """A sum over the parts of a block says nothing where some parts may not have been printed."""
    return isinstance(check.shape, SumRows) and check.shape.table is None


def _is_complete(rule: Rule, book: Book, index: int) -> bool:
    if rule.complete == "all":
        return True
    return rule.complete is not None and hold(rule.complete, book.table.rows[index])


def _parts(book: Book, index: int, blocks: Sequence[str]) -> str:
    where = ", ".join(f"{column} = {book.table.rows[index][column]}" for column in blocks) or "the table"
    return f"the parts of {where} are not declared complete"


def _note(judged: dict[tuple[int, str], Judged], cell: Judged) -> None:
    """Several rules may speak of one cell: one that finds it wrong counts before one that finds it right, and that
    before one that could not tell."""
    key = (cell.index, cell.column)
    order = {"wrong": 0, "right": 1, "skipped": 2}
    if key not in judged or order[cell.verdict.state] < order[judged[key].verdict.state]:
        judged[key] = cell


def _gather(audit: Audit, book: Book, judged: dict[tuple[int, str], Judged]) -> None:
    for (index, column), cell in sorted(judged.items(), key=lambda item: (item[0][0], item[0][1])):
        verdict, row = cell.verdict, book.table.rows[index]
        if verdict.state == "skipped":
            audit.cells_skipped.append(Skipped(index + 1, column, verdict.why))
            continue
        audit.cells_checked += 1
        if verdict.state == "wrong":
            key = {name: row[name] for name in book.rule.key}
            audit.mismatches.append(Mismatch(index + 1, key, column, row[column], verdict.computed, verdict.why))
