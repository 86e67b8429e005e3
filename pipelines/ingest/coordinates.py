"""Coordinates of the mainland's map services as WGS 84, to a tenth of a metre.

GCJ-02 shifts WGS 84 by 50 to 700 m within China, BD-09 shifts GCJ-02 once more. Formulas: the reverse-engineered ones
that all open libraries share (Krassowsky ellipsoid; eviltransform, coordtransform). CGCS 2000 differs from WGS 84 by
centimetres and needs none.
"""

from __future__ import annotations

import math

import polars as pl

from pipelines.city.models import CoordinateSystem

AXIS, ECCENTRICITY = 6_378_245.0, 0.00669342162296594323
WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271  # outside of it GCJ-02 is WGS 84
ROUNDS = 5  # each of them makes the error a thousand times smaller
DECIMALS = 6
BD_ANGLE = math.pi * 3000.0 / 180.0


def to_wgs84(frame: pl.DataFrame, system: CoordinateSystem) -> pl.DataFrame:
    """``frame`` with the columns longitude and latitude turned from ``system`` into WGS 84, where it has both."""
    if system in ("wgs_84", "cgcs_2000") or not {"longitude", "latitude"} <= set(frame.columns):
        return frame
    points = frame.select(x="longitude", y="latitude")
    if system == "bd_09":
        points = _bd_to_gcj(points)
    points = _from_gcj(points).select(pl.all().round(DECIMALS))
    return frame.with_columns(longitude=points["x"], latitude=points["y"])


def _bd_to_gcj(points: pl.DataFrame) -> pl.DataFrame:
    points = points.select(pl.col("x") - 0.0065, pl.col("y") - 0.006)
    x, y = pl.col("x"), pl.col("y")
    points = points.select(
        radius=(x * x + y * y).sqrt() - 0.00002 * (y * BD_ANGLE).sin(),
        angle=pl.arctan2(y, x) - 0.000003 * (x * BD_ANGLE).cos(),
    )
    return points.select(
        x=pl.col("radius") * pl.col("angle").cos(),
        y=pl.col("radius") * pl.col("angle").sin(),
    )


def _from_gcj(points: pl.DataFrame) -> pl.DataFrame:
    """The points whose shift leads to ``points``: found by taking off the shift of the last guess, again and again."""
    is_inside = points.select(pl.col("x").is_between(WEST, EAST) & pl.col("y").is_between(SOUTH, NORTH)).to_series()
    guess = points
    for _ in range(ROUNDS):
        shift = _shift(guess)
        guess = points.select(pl.col("x") - shift["x"], pl.col("y") - shift["y"])
    return points.select(
        x=pl.when(is_inside).then(guess["x"]).otherwise("x"), y=pl.when(is_inside).then(guess["y"]).otherwise("y")
    )


def _shift(points: pl.DataFrame) -> pl.DataFrame:
    """By how many degrees GCJ-02 shifts the WGS 84 ``points``."""
    x, y = pl.col("x") - 105.0, pl.col("y") - 35.0
    size = x.abs().sqrt()
    waves = (20.0 * (6.0 * x * math.pi).sin() + 20.0 * (2.0 * x * math.pi).sin()) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * size + waves
    north += _swell(y, 20.0, 40.0, 160.0, 320.0)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * size + waves
    east += _swell(x, 20.0, 40.0, 150.0, 300.0)
    angle = pl.col("y") / 180.0 * math.pi
    flat = 1 - ECCENTRICITY * angle.sin() ** 2
    return points.select(
        x=east * 180.0 / (AXIS / flat.sqrt() * angle.cos() * math.pi),
        y=north * 180.0 / ((AXIS * (1 - ECCENTRICITY)) / (flat * flat.sqrt()) * math.pi),
    )


def _swell(z: pl.Expr, near: float, third: float, far: float, farthest: float) -> pl.Expr:
    close = near * (z * math.pi).sin() + third * (z / 3.0 * math.pi).sin()
    wide = far * (z / 12.0 * math.pi).sin() + farthest * (z * math.pi / 30.0).sin()
    return (close + wide) * 2.0 / 3.0
