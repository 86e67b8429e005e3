"""A draft of a scheme, checked beside the city's own before anything is tried with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipelines.city.folder import City
from pipelines.city.mistakes import Mistakes
from pipelines.city.yaml_file import into_model, read_document
from pipelines.errors import UsageError
from pipelines.scoring.check import nesting_problems, scheme_problems
from pipelines.scoring.scheme import Scheme


def with_draft(city: City, schemes: Sequence[Scheme], path: Path, valid_from: date) -> tuple[Scheme, list[Scheme]]:
    """The draft in ``path``, and the city's schemes with it in the place of those of its name: it holds from
    ``valid_from`` without end, whatever days the file names, so that past periods can be scored under it.

    Raises UsageError naming file, line and reason of every mistake.
    """
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file", "name the file of the draft")
    mistakes = Mistakes()
    document = read_document(path)
    draft = into_model(document, Scheme).model_copy(update={"valid_from": valid_from, "valid_to": None})
    mistakes.add(scheme_problems(document, draft, city))
    others = [scheme for scheme in schemes if scheme.scheme != draft.scheme]
    mistakes.add(nesting_problems([(document, scheme) for scheme in [draft, *others]]))
    mistakes.raise_any()
    return draft, [*others, draft]
