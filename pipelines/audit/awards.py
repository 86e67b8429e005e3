"""Awards by place: rank, range of ranks, last, second-last, size of the group."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from pipelines.audit.judgement import Judged, Judgement
from pipelines.audit.look_up import Book, Missing
from pipelines.audit.numbers import printed, shown
from pipelines.audit.ranks import Place, end_of, groups_of, is_out, printed_place, should_be, takes_part, unranked
from pipelines.audit.rule import AwardOf, Entry, Rule


def award_cells(
    book: Book, rule: Rule, award: AwardOf, positions: list[int], blocks: Sequence[str], *, blank_is_none: bool
) -> list[Judged]:
    """The judgement of the awards printed in the rule's column."""
    within = blocks if award.within is None else award.within
    mine = [i for i in positions if takes_part(book, award, i)]
    found = _places(book, award, mine, within, blocks)
    groups = dict(zip(mine, groups_of(book, mine, within), strict=True))
    judged = [unranked(book, rule.column, i, ("", "0")) for i in positions if is_out(book, award, i)]
    for index in mine:
        cell, place = book.table.rows[index][rule.column], found[index]
        team = [found[i] for i in mine if groups[i] == groups[index]]
        gap = next((p for p in team if isinstance(p, Missing)), None)
        if gap is not None or isinstance(place, Missing):
            why = gap.why if gap is not None else ""
            judged.append(Judged(index, rule.column, Judgement.skipped(f"the group is incomplete: {why}")))
        elif cell == "" and not blank_is_none:
            judged.append(Judged(index, rule.column, Judgement.skipped("the cell is not printed")))
        else:
            numbers = [p.number for p in team if isinstance(p, Place) and p.number is not None]
            has_last = any(isinstance(p, Place) and p.word == "last" for p in team)
            end = place.word or (None if has_last or place.number is None else end_of(numbers, place.number))
            verdict = _judge(cell, award, place, end, len(team), Fraction(rule.tolerance))
            judged.append(Judged(index, rule.column, verdict))
    return judged


def _places(
    book: Book, award: AwardOf, positions: Sequence[int], within: Sequence[str], blocks: Sequence[str]
) -> dict[int, Place | Missing]:
    if award.by is not None:
        right = should_be(book, award.by, award.best, positions, within, blocks)
        return {i: p if isinstance(p, Missing) else Place(p) for i, p in right.items()}
    result: dict[int, Place | Missing] = {}
    for index in positions:
        text = book.table.rows[index][award.rank or ""]
        place = printed_place(book, text)
        what = "is not printed" if text == "" else f"{text!r} is no place (see words)"
        result[index] = Missing(f"{award.rank} in row {index + 1} {what}") if place is None else place
    return result


def _fits(entry: Entry, place: Place, end: str | None, size: int) -> bool:
    asked = [
        (entry.rank, entry.rank == place.number),
        (entry.from_, place.number is not None and entry.from_ is not None and place.number >= entry.from_),
        (entry.to, place.number is not None and entry.to is not None and place.number <= entry.to),
        (entry.place, entry.place == end),
        (entry.group_size, entry.group_size == size),
        (entry.group_size_from, entry.group_size_from is not None and size >= entry.group_size_from),
        (entry.group_size_to, entry.group_size_to is not None and size <= entry.group_size_to),
    ]
    return all(holds for value, holds in asked if value is not None)


def _judge(cell: str, award: AwardOf, place: Place, end: str | None, size: int, tolerance: Fraction) -> Judgement:
    gives = next((entry.gives for entry in award.table if _fits(entry, place, end, size)), award.otherwise)
    where = f"place {place.number}" if place.number is not None else str(place.word).replace("_", "-")
    where += f" of {size}" + (f" ({end.replace('_', '-')})" if end and place.number is not None else "")
    stands = "nothing stands there" if cell == "" else f"{cell} stands there"
    if not isinstance(gives, Decimal):
        if cell == "":
            return Judgement.right()
        return Judgement.wrong(None, f"{where} gives nothing; {stands}")
    found = printed(cell)
    right = Fraction(gives) * (1 if found is None else found.per)
    if found is not None and abs(found.value - right) <= tolerance:
        return Judgement.right()
    if cell == "" and right == 0:
        return Judgement.right()
    return Judgement.wrong(shown(right), f"{where} gives {shown(right)}; {stands}")
