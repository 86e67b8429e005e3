"""The values that a city's sources name, judged before any file comes in."""

from __future__ import annotations

from pipelines.city import City
from pipelines.city.mapping import ColumnMap
from pipelines.city.mistakes import Mistakes
from pipelines.contracts import DELIVERED
from pipelines.ingest.mapping import column_plan

Place = tuple[str | int, ...]


def check_mappings(city: City) -> None:
    """Raises UsageError that names every constant and map value which is not of its column's type, not allowed there,
    or no code that the city knows; each with its line.
    """
    mistakes = Mistakes()
    for source in city.sources.values():
        contract = DELIVERED[source.contract]
        entries: list[tuple[Place, str, ColumnMap | None]]
        entries = [(("columns",), name, spec) for name, spec in source.columns.items()]
        for number, layout in enumerate(source.layouts):
            entries += [(("layouts", number, "columns"), name, spec) for name, spec in layout.columns.items()]
        for at, name, spec in entries:
            if spec is not None:
                with mistakes.noted():
                    column_plan(city, source, contract.column(name), spec, {}, is_sheet=False, at=at)
    mistakes.raise_any()
