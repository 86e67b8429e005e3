"""Where a map looks: the middle of the boundaries, as near as they fit into the chart."""

from __future__ import annotations

import json
from collections.abc import Iterable
from math import atan, degrees, exp, log, log2, pi, radians, tan

WIDTH, HEIGHT = 380, 300  # pixels that a map has at least
WORLD = 512  # pixels of the whole world at zoom 0 (deck.gl)


def viewport(rings: Iterable[str]) -> dict[str, float]:
    """Longitude, latitude and zoom for outer rings, each a JSON list of [longitude, latitude]. Raises on no ring."""
    points = [point for ring in rings for point in json.loads(ring)]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = (_up(latitude) for latitude in (min(p[1] for p in points), max(p[1] for p in points)))
    wide, high = max((east - west) / 360, 1e-6), max((north - south) / (2 * pi), 1e-6)
    zoom = min(log2(WIDTH / WORLD / wide), log2(HEIGHT / WORLD / high))
    latitude = degrees(2 * atan(exp((south + north) / 2)) - pi / 2)
    return {"longitude": round((west + east) / 2, 5), "latitude": round(latitude, 5), "zoom": round(zoom, 2)}


def _up(latitude: float) -> float:
    """Mercator's: how far up the map a latitude lies, in radians."""
    return log(tan(pi / 4 + radians(latitude) / 2))
