"""Mistakes that are gathered, so that a person sees all of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pipelines.errors import UsageError


class Mistakes:
    """What is wrong with a folder so far."""

    def __init__(self) -> None:
        self._found: list[UsageError] = []

    def add(self, problems: Iterable[str]) -> None:
        """Take note of ``problems``, each of which says where it is and what would be right."""
        self._found += [UsageError(problem, "correct the lines named above") for problem in problems]

    @contextmanager
    def noted(self) -> Iterator[None]:
        """What raises UsageError inside is noted and not raised."""
        try:
            yield
        except UsageError as error:
            self._found.append(error)

    def raise_any(self) -> None:
        """Raise UsageError with everything noted; nothing happens where there is nothing."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            remedies = list(dict.fromkeys(error.remedy for error in self._found if error.remedy))
            told = "\n".join(sorted((error.what for error in self._found), key=_place))
            raise UsageError(f"{len(told.splitlines())} mistakes\n{told}", "; ".join(remedies))


def _place(what: str) -> tuple[str, int]:
    """The file and the line that a message begins with, for its order."""
    path, _, rest = what.partition(":")
    line = rest.partition(":")[0]
    return path, int(line) if line.isdigit() else 0
