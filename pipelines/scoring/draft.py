"""A draft of a scheme, checked beside the city's own before anything is tried with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from pipelines.city.folder import City
from pipelines.city.mistakes import Mistakes
from pipelines.city.yaml_file import Document, into_model, read_document
from pipelines.errors import UsageError
from pipelines.scoring.check import nesting_problems, scheme_problems
from pipelines.scoring.scheme import Scheme

Days = tuple[date, date]  # first and last
DAY = timedelta(days=1)


def read_draft(city: City, schemes: Sequence[Scheme], path: Path) -> Scheme:
    """The draft in ``path``, checked beside the city's ``schemes``, of which it takes the place of those of its name.

    Raises UsageError naming file, line and reason of every mistake.
    """
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file", "name the file of the draft")
    mistakes = Mistakes()
    document: Document = read_document(path)
    draft = into_model(document, Scheme)
    mistakes.add(scheme_problems(document, draft.model_copy(update={"valid_to": None}), city))
    others = [scheme for scheme in schemes if scheme.scheme != draft.scheme]
    mistakes.add(nesting_problems([(document, scheme) for scheme in [draft, *others]]))
    mistakes.raise_any()
    return draft


def in_force(draft: Scheme, schemes: Sequence[Scheme], tried: Sequence[Days]) -> list[Scheme]:
    """The city's ``schemes``, with ``draft`` in force on the days of ``tried`` (periods that do not overlap), whatever
    days its file names, and the versions of its name that are there on every other day.
    """
    kept = [scheme for scheme in schemes if scheme.scheme != draft.scheme]
    for scheme in schemes:
        if scheme.scheme == draft.scheme:
            kept += [
                scheme.model_copy(update={"valid_from": first, "valid_to": None if last == date.max else last})
                for first, last in _without((scheme.valid_from, scheme.valid_to or date.max), tried)
            ]
    return kept + [draft.model_copy(update={"valid_from": first, "valid_to": last}) for first, last in tried]


def _without(days: Days, taken: Sequence[Days]) -> Iterator[Days]:
    """What is left of ``days``."""
    first, last = days
    for begin, end in sorted(taken):
        if begin > last:
            break
        if first < begin:
            yield first, begin - DAY
        first = max(first, end + DAY)
    if first <= last:
        yield first, last
