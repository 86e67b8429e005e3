"""Places in a group: as printed (numbers or words), and as they should be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pipelines.audit.compute import evaluate, places
from pipelines.audit.expressions import Operand
from pipelines.audit.judgement import Judged, Judgement
from pipelines.audit.look_up import Book, Missing
from pipelines.audit.rows import hold, same
from pipelines.audit.rule import AwardOf, RankOf

ORDINAL = re.compile(r"第?\s*(\d+)\s*(?:名|位|st|nd|rd|th|\.0)?")


@dataclass(frozen=True)
class Place:
    """A printed place: its number, or the word last / second_last where no number is printed."""

    number: int | None
    word: Literal["last", "second_last"] | None = None


def printed_place(book: Book, text: str) -> Place | None:
    """``text`` as a place: 3, 第3名, or a word of the rule file's ``words``; None where it is none."""
    told = book.rule.words.get(text, text)
    if told == "last":
        return Place(None, "last")
    if told == "second_last":
        return Place(None, "second_last")
    match = ORDINAL.fullmatch(told.strip())
    return Place(int(match[1])) if match else None


def groups_of(book: Book, positions: Sequence[int], within: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(book.table.rows[i][column] for column in within) for i in positions]


def end_of(numbers: Sequence[int], number: int) -> Literal["last", "second_last"] | None:
    """Whether ``number`` is the last or the second-last of ``numbers``, the places of a group, one for each unit. They
    are counted from the end as from the front: two that share the last place leave no second-last. Where nobody is
    better, nobody is last.
    """
    worse = sum(1 for other in numbers if other > number)
    if not any(other < number for other in numbers):
        return None
    return "last" if worse == 0 else "second_last" if worse == 1 else None


def should_be(
    book: Book, by: Operand, best: str, positions: Sequence[int], within: Sequence[str], blocks: Sequence[str]
) -> dict[int, int | Missing]:
    """The place of each of ``positions``; of none of a group in which a value is missing."""
    values, _ = evaluate(book, by, positions, blocks)
    groups = groups_of(book, positions, within)
    gaps: dict[tuple[str, ...], Missing] = {}
    for group, value in zip(groups, values, strict=True):
        if isinstance(value, Missing):
            gaps.setdefault(group, value)
    known = [(i, v, g) for i, v, g in zip(positions, values, groups, strict=True) if g not in gaps]
    found = places([v for _, v, _ in known if isinstance(v, Fraction)], [g for _, _, g in known], best)
    result: dict[int, int | Missing] = {
        i: Missing(f"the group is incomplete: {gaps[g].why}")
        for i, g in zip(positions, groups, strict=True)
        if g in gaps
    }
    return result | {i: place for (i, _, _), place in zip(known, found, strict=True)}


def in_whole_groups(
    book: Book, judged: list[Judged], grouped: Sequence[int], within: Sequence[str], gaps: Mapping[tuple[int, str], str]
) -> list[Judged]:
    """``judged``, but skipped with the reason wherever the inputs of some row of the cell's group are not all printed;
    ``grouped`` are the rows that make up the groups.
    """
    groups = dict(zip(grouped, groups_of(book, grouped, within), strict=True))
    why = {
        groups[c.index]: gaps[c.index, c.column] for c in judged if c.index in groups and (c.index, c.column) in gaps
    }
    return [
        Judged(c.index, c.column, Judgement.skipped(f"the group is incomplete: {why[groups[c.index]]}"))
        if c.index in groups and groups[c.index] in why
        else c
        for c in judged
    ]


def is_out(book: Book, shape: RankOf | AwardOf, index: int) -> bool:
    """Whether the rule leaves the row out of the ranking."""
    return shape.not_ranked is not None and hold(shape.not_ranked, book.table.rows[index])


def takes_part(book: Book, shape: RankOf | AwardOf, index: int) -> bool:
    """Whether the row takes a place: no total row, and none that the rule leaves out."""
    return not is_out(book, shape, index) and not book.is_total(index)


def rank_cells(
    book: Book, column: str, rank: RankOf, positions: list[int], blocks: Sequence[str], *, blank_is_none: bool
) -> list[Judged]:
    """The judgement of the places printed in ``column``."""
    within = blocks if rank.within is None else rank.within
    out = [i for i in positions if is_out(book, rank, i)]
    ranked = [i for i in positions if takes_part(book, rank, i)]
    right = should_be(book, rank.by, rank.best, ranked, within, blocks)
    groups = dict(zip(ranked, groups_of(book, ranked, within), strict=True))
    judged = [unranked(book, column, index, ("",)) for index in out]
    for index in ranked:
        cell, place = book.table.rows[index][column], right[index]
        if isinstance(place, Missing):
            verdict = Judgement.skipped(place.why)
        elif cell == "" and not blank_is_none:
            verdict = Judgement.skipped("the cell is not printed")
        else:
            others = [p for i in ranked if groups[i] == groups[index] and isinstance(p := right[i], int)]
            verdict = _judge(book, cell, place, others)
        judged.append(Judged(index, column, verdict))
    return judged


def unranked(book: Book, column: str, index: int, nothing: Sequence[str]) -> Judged:
    """The judgement of a row that is left out: only a text of ``nothing`` may stand there."""
    cell = book.table.rows[index][column]
    verdict = (
        Judgement.right()
        if any(same(cell, text) for text in nothing)
        else Judgement.wrong(None, f"the row takes no place by the rule; {cell} stands there")
    )
    return Judged(index, column, verdict)


def _judge(book: Book, cell: str, place: int, others: Sequence[int]) -> Judgement:
    found = printed_place(book, cell)
    if found is not None and (found.number == place or (found.word and found.word == end_of(others, place))):
        return Judgement.right()
    better = sum(1 for other in others if other < place)
    same = sum(1 for other in others if other == place)
    tie = f", {same} share the place" if same > 1 else ""
    stands = "nothing stands there" if cell == "" else f"{cell} stands there"
    return Judgement.wrong(str(place), f"{better} of {len(others)} are better{tie}: place {place}; {stands}")
