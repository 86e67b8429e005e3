"""Which contract a sample looks like, and which header fills which of its columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pipelines.contracts import DELIVERED, Column, Contract, Personal, Type
from pipelines.draft.shapes import Shape
from pipelines.draft.words import NAMES, PERSONAL

ENOUGH = 0.6
# What is due is not what was done: a header that has such a word beside the name of a column, or lacks one that the
# name has, is another thing.
TURNS = re.compile("应|應|未|拟|计划|要求|承诺|截止|时限|期限|延期|超")
PUNCTUATION = re.compile(r"[\s_\-.()（）:：/%?？#、]+")


@dataclass(frozen=True)
class Guess:
    """A header for a column of the contract: ``score`` from 0 to 1, and why in words."""

    column: str
    header: str
    score: float
    why: str

    @property
    def confidence(self) -> str:
        return "high" if self.score >= 0.9 else "medium" if self.score >= 0.75 else "low"


def plain(text: str) -> str:
    """``text`` without case, spaces and punctuation."""
    return PUNCTUATION.sub("", text).lower()


@lru_cache(maxsize=4096)
def _names(contract: Contract, column: str) -> tuple[tuple[str, bool], ...]:
    """(plain name, whether it must be the whole header) for a column."""
    told = [
        (plain(word.lstrip("=")), word.startswith("=")) for word in NAMES.get(contract.name, {}).get(column, "").split()
    ]
    own = contract.column(column)
    return (*told, (plain(own.name), False), (plain(own.zh), False))


def _by_name(contract: Contract, column: str, header: str) -> tuple[float, str]:
    text = plain(header)
    best = (0.0, "")
    for name, is_whole in _names(contract, column):
        if text == name:
            return 1.0, f"the header {header} is a name of it"
        longer, shorter = (text, name) if name in text else (name, text)
        if shorter in longer and TURNS.search(longer.replace(shorter, "")):
            continue
        if is_whole or len(name) < (2 if ord(name[0]) > 255 else 5):
            continue
        if name in text:
            score = 0.6 + 0.35 * len(name) / len(text)
            best = max(best, (score, f"the header {header} holds {name}"))
        elif len(text) >= (3 if ord(text[0]) > 255 else 6) and text in name:
            best = max(best, (0.5 + 0.35 * len(text) / len(name), f"the header {header} is part of {name}"))
    return best


# Masked texts that people write in sentences; the others (status, satisfaction) hold one of a few words.
FREE_TEXT = ("summary", "title", "reason", "evidence")


def _fits(column: Column, shape: Shape) -> tuple[float, str]:  # noqa: PLR0911 a table of types
    """How well values of ``shape`` suit the type of a column, from 0 (cannot be) to 1; and in words."""
    if not shape.filled:
        return 0.8, "no value in the sample"
    told = f"of {shape.tested} distinct values"
    if column.type in (Type.TIMESTAMP, Type.DATE):
        return (1.0 if shape.is_time else 0.0), f"{shape.timed} {told} are times"
    if column.type is Type.TIME:
        return (1.0 if shape.is_clock else 0.0), f"{shape.clocks} {told} are times of day"
    if column.type is Type.FLOAT:
        inside = shape.is_number and (column.minimum or -1e18) <= shape.low and shape.high <= (column.maximum or 1e18)
        return (1.0 if inside else 0.0), f"{shape.numbers} {told} are numbers from {shape.low:g} to {shape.high:g}"
    if column.type in (Type.DECIMAL, Type.INTEGER):
        suits = shape.is_number and not (column.type is Type.INTEGER and shape.has_fraction)
        return (1.0 if suits else 0.0), f"{shape.numbers} {told} are numbers"
    if column.type is Type.BOOLEAN:
        return (1.0 if shape.is_truth else 0.0), f"{shape.truths} {told} mean yes or no"
    if column.personal is Personal.KEYED_HASH:
        # A telephone column without telephones ("Unspecified") tells nobody.
        return (1.0 if shape.is_phone or shape.distinct > 50 else 0.0), f"{shape.phones} {told} are telephone numbers"
    if shape.is_phone:
        return 0.0, "telephone numbers"
    if column.name in FREE_TEXT:
        return (1.0 if shape.length >= 4 else 0.5), f"texts of {shape.length:.0f} characters; masked at the door"
    if column.refers_to and (shape.is_time or shape.distinct > 20_000):
        return 0.0, f"{shape.distinct} different values are no codes"
    if column.name in ("status", "intake", "measure", "kind", "level") and shape.distinct > 60:
        return 0.5, f"{shape.distinct} different values"
    if column.name.endswith("_id") and shape.is_time and not shape.is_bare:
        return 0.0, "times"
    return 1.0, f"{shape.distinct} different values in {shape.filled} rows"


def is_personal_header(header: str) -> bool:
    """True if the header tells that the column identifies a person."""
    return any(word in plain(header) for word in PERSONAL.split())


def match(contract: Contract, shapes: dict[str, Shape]) -> dict[str, Guess]:
    """The best header for each column of ``contract``; a header fills one column, the best fit first."""
    mappable = [*contract.columns, contract.column("updated_at")]
    found = []
    for column in mappable:
        for header, shape in shapes.items():
            named, why = _by_name(contract, column.name, header)
            if named < ENOUGH:
                continue
            suited, shown = _fits(column, shape)
            if column.name.endswith("_id") and column.name in contract.key and shape.is_unique:
                named, shown = min(1.0, named + 0.05), "different in every row"
            score = named * suited
            if score >= ENOUGH:
                found.append(Guess(column.name, header, score, f"{why}; {shown}"))
    chosen: dict[str, Guess] = {}
    used: set[str] = set()
    for guess in sorted(found, key=lambda g: (-g.score, list(shapes).index(g.header))):
        if guess.column not in chosen and guess.header not in used:
            chosen[guess.column] = guess
            used.add(guess.header)
    return chosen


def best_contract(shapes: dict[str, Shape]) -> tuple[Contract, dict[str, Guess], float]:
    """The contract that explains most headers and lacks least; its matches, and a score (columns found less columns
    that it needs and lacks)."""
    ranked = []
    for contract in DELIVERED.values():
        if contract.name not in NAMES:
            continue
        found = match(contract, shapes)
        needed = [c.name for c in contract.columns if c.required]
        lacking = [name for name in needed if name not in found and name not in ("channel", "unit_of_measure")]
        score = sum(g.score for g in found.values()) + 0.5 * sum(name in found for name in needed) - 0.7 * len(lacking)
        ranked.append((score, contract, found))
    score, contract, found = max(ranked, key=lambda item: item[0])
    return contract, found, score
