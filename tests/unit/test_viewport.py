"""Where a map looks, worked out by hand."""

from math import atan, degrees, pi, sinh

import pytest

from dashboards.viewport import HEIGHT, WIDTH, WORLD, viewport


def test_the_whole_world_fits_as_wide_as_the_chart() -> None:
    """Mercator's world ends at atan(sinh(π)) = 85.05°; it is square, so the shorter side decides: 300 of 512 pixels."""
    edge = degrees(atan(sinh(pi)))
    world = f"[[-180,-{edge}],[180,-{edge}],[180,{edge}],[-180,{edge}],[-180,-{edge}]]"
    assert viewport([world]) == {"longitude": 0, "latitude": 0, "zoom": -0.77}  # log2(300 / 512)
    assert HEIGHT < WIDTH < WORLD


def test_half_as_wide_is_one_step_nearer() -> None:
    near, far = ([f"[[120,31],[{120 + wide},31],[{120 + wide},31.001],[120,31]]"] for wide in (0.5, 1.0))
    assert viewport(near)["zoom"] == pytest.approx(viewport(far)["zoom"] + 1, abs=0.01)
    assert viewport(far)["longitude"] == 120.5


def test_several_rings_are_one_map() -> None:
    two = ["[[10,50],[11,50],[11,51],[10,50]]", "[[12,50],[13,50],[13,51],[12,50]]"]
    assert viewport(two)["longitude"] == 11.5
    assert 50.5 < viewport(two)["latitude"] < 50.51  # the middle on the map lies a little north of that of the degrees
