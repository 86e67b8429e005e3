"""Reading the schemes of a city: all of them, with all their mistakes at once."""

from __future__ import annotations

from pipelines.city.folder import City
from pipelines.city.mistakes import Mistakes
from pipelines.city.yaml_file import Document, into_model, read_document
from pipelines.scoring.check import nesting_problems, scheme_problems, validity_problems
from pipelines.scoring.scheme import Scheme


def load_schemes(city: City) -> list[Scheme]:
    """The city's schemes, checked. Raises UsageError naming file, line, key and reason of every mistake."""
    mistakes = Mistakes()
    found: list[tuple[Document, Scheme]] = []
    for path in sorted((city.folder / "schemes").glob("*.yaml")):
        with mistakes.noted():
            document = read_document(path)
            scheme = into_model(document, Scheme)
            found.append((document, scheme))
            mistakes.add(scheme_problems(document, scheme, city))
    mistakes.add(validity_problems(found))
    mistakes.add(nesting_problems(found))
    mistakes.raise_any()
    return [scheme for _, scheme in found]
