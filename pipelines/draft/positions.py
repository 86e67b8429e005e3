"""Vehicle positions without headers: told by their values alone."""

from __future__ import annotations

from pipelines.contracts import DELIVERED, Contract
from pipelines.draft.match import Guess
from pipelines.draft.shapes import Shape


def by_values(shapes: dict[str, Shape]) -> tuple[Contract, dict[str, Guess]] | None:
    """Two columns of degrees with fractions, one of times, and one that names vehicles; None where they are not all
    there. Which of the degrees is the latitude is told by their sizes where that can be, else by the usual order.
    """
    places = [h for h, s in shapes.items() if s.is_number and s.has_fraction and s.low >= -180 and s.high <= 180]
    times = [h for h, s in shapes.items() if s.is_time and not s.is_bare]
    names = [h for h, s in shapes.items() if h not in places and h not in times and s.distinct > 1]
    if len(places) != 2 or not times or not names:
        return None
    first, second = places
    if max(abs(shapes[first].low), abs(shapes[first].high)) > 90:
        first, second = second, first
    why = "told by its values alone: "
    vehicle = min(names, key=lambda h: shapes[h].length)
    return DELIVERED["positions"], {
        "latitude": Guess("latitude", first, 0.7, f"{why}degrees with fractions"),
        "longitude": Guess("longitude", second, 0.7, f"{why}degrees with fractions"),
        "recorded_at": Guess("recorded_at", times[0], 0.7, f"{why}times"),
        "vehicle_key": Guess("vehicle_key", vehicle, 0.6, f"{why}the shortest text that varies"),
    }
