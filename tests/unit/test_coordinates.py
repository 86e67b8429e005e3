"""Coordinates of map services as WGS 84, and the bounds of a city."""

from __future__ import annotations

import polars as pl
import pytest

from pipelines.city.models import CoordinateSystem
from pipelines.ingest.coordinates import to_wgs84

# Pairs that the library coordtransform publishes for (116.404, 39.915).
TIANANMEN = (116.404, 39.915)
IN_GCJ_02 = (116.41024449916938, 39.91640428150164)
GCJ_02_IN_BD_09 = ((116.404, 39.915), (116.41036949371029, 39.92133699351021))


def _wgs84(point: tuple[float, float], system: CoordinateSystem) -> tuple[float, float]:
    frame = pl.DataFrame({"longitude": [point[0]], "latitude": [point[1]]})
    return to_wgs84(frame, system).row(0)


def test_gcj_02_is_turned_back_to_a_tenth_of_a_metre() -> None:
    assert _wgs84(IN_GCJ_02, "gcj_02") == TIANANMEN


def test_bd_09_is_gcj_02_shifted_once_more() -> None:
    gcj, bd = GCJ_02_IN_BD_09
    assert _wgs84(bd, "bd_09") == pytest.approx(_wgs84(gcj, "gcj_02"), abs=2e-6)  # neither formula is exact


@pytest.mark.parametrize("point", [(-74.09, 40.68), (2.35, 48.86), (151.2, -33.87)])
def test_outside_of_china_gcj_02_is_wgs_84(point: tuple[float, float]) -> None:
    assert _wgs84(point, "gcj_02") == point


@pytest.mark.parametrize("system", ["wgs_84", "cgcs_2000"])
def test_what_needs_no_turning_is_left_alone(system: CoordinateSystem) -> None:
    assert _wgs84(IN_GCJ_02, system) == IN_GCJ_02


def test_blanks_stay_blank() -> None:
    frame = pl.DataFrame({"longitude": [None, IN_GCJ_02[0]], "latitude": [None, IN_GCJ_02[1]]})
    assert to_wgs84(frame, "gcj_02").rows() == [(None, None), TIANANMEN]
