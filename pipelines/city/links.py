"""What the reference tables of a city say of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from pipelines.city.hints import nearest
from pipelines.city.reference import FILES
from pipelines.contracts import REFERENCE
from pipelines.errors import UsageError


def link_problems(folder: Path, reference: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Codes that one table uses and the other does not have, and trees that go in a circle.

    Raises UsageError where there are no units at all: every code would be unknown.
    """
    if reference["units"].is_empty():
        raise UsageError(f"{folder / 'units.csv'}: a city needs its units", "list areas, departments, contractors …")
    for table, contract in REFERENCE.items():
        for column in contract.columns:
            if column.refers_to is None:
                continue
            other = REFERENCE[column.refers_to]
            codes = reference[other.name][other.key[0]].to_list()
            given = reference[table][column.name]
            for row, code in _unknown(given, codes):
                hint = nearest(code, codes) or f"; add it to {FILES[other.name]} or correct the code"
                yield (
                    f"{folder / FILES[table]}, row {row}, column {column.name}: "
                    f"{code!r} is not in {FILES[other.name]}{hint}"
                )
    for table in ("units", "categories"):
        yield from _circles(folder / FILES[table], reference[table], REFERENCE[table].key[0], "parent_code", "ancestor")
    yield from _successions(folder / FILES["units"], reference["units"])


def _unknown(given: pl.Series, codes: list[str]) -> Iterator[tuple[int, str]]:
    """Row (the header is row 1) and code of the first of each unknown code."""
    told = set()
    for index in (given.is_not_null() & ~given.is_in(codes)).arg_true():
        code = given[int(index)]
        if code not in told:
            told.add(code)
            yield int(index) + 2, code


def _successions(path: Path, units: pl.DataFrame) -> Iterator[str]:
    """Units that are followed by another without having ended, and successions that go in a circle."""
    for index in (units["successor_code"].is_not_null() & units["valid_to"].is_null()).arg_true():
        unit, heir = units["unit_code"][int(index)], units["successor_code"][int(index)]
        yield (
            f"{path}, row {int(index) + 2}, column valid_to: {unit!r} is followed by {heir!r} and has no last day; "
            "write it, or leave successor_code blank"
        )
    yield from _circles(path, units, "unit_code", "successor_code", "successor")


def _circles(path: Path, frame: pl.DataFrame, key: str, column: str, word: str) -> Iterator[str]:
    parents: dict[str, str | None] = dict(frame.select(key, column).iter_rows())
    for code, parent in parents.items():
        seen, here = {code}, parent
        while here is not None and here in parents:
            if here in seen:
                yield f"{path}, column {column}: {code} is its own {word} through {here}; mend {column}"
                return
            seen.add(here)
            here = parents[here]
