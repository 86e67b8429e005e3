"""How many cases are reported when: season, weekday, holiday and hour of day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from pipelines.synthetic.clock import DAY, HOUR
from pipelines.synthetic.settings import World

CHANNELS = ("hotline", "grid")
PART = 200_000  # cases made at a time: what bounds the memory

WEEKDAY = {"hotline": (1.12, 1.06, 1.02, 1.0, 0.98, 0.82, 0.76), "grid": (1.05, 1.04, 1.03, 1.02, 1.0, 0.74, 0.68)}
HOLIDAY = {"hotline": 0.62, "grid": 0.45}  # on a day off that the calendar names
SEASON = {  # January to December: heating and Spring Festival, then noise and water in summer, leaves in autumn
    "hotline": (0.98, 0.86, 0.96, 0.97, 1.0, 1.06, 1.14, 1.12, 1.02, 0.98, 1.0, 1.03),
    "grid": (0.88, 0.8, 1.0, 1.04, 1.06, 1.04, 1.0, 0.98, 1.04, 1.05, 1.02, 0.94),
}
HOURS = {
    "hotline": (1, 1, 1, 1, 1, 2, 4, 8, 14, 17, 16, 12, 8, 9, 13, 15, 14, 11, 9, 8, 7, 5, 3, 2),
    "grid": (0, 0, 0, 0, 0, 0, 2, 8, 16, 20, 18, 12, 5, 9, 17, 18, 15, 9, 4, 2, 1, 0, 0, 0),
}


def day_weights(world: World, channel: str) -> pl.DataFrame:
    """One row per day of the city's months: month (position), day (since 1970), weight of the day."""
    first = world.months[0].first
    days = (world.as_of // DAY) - (first - date(1970, 1, 1)).days + 1
    frame = pl.DataFrame({"date": [first + timedelta(days=i) for i in range(days)]}).join(
        world.city.reference["calendar"].select("date", "is_workday", "name"), on="date", how="left"
    )
    weekday = pl.col("date").dt.weekday()
    is_holiday = pl.col("name").is_not_null() & ~pl.col("is_workday")
    is_make_up = pl.col("is_workday") & (weekday >= 6)
    seasons, weekdays = (dict(enumerate(table[channel], start=1)) for table in (SEASON, WEEKDAY))
    season = pl.col("date").dt.month().replace_strict(seasons, return_dtype=pl.Float64)
    of_week = weekday.replace_strict(weekdays, return_dtype=pl.Float64)
    # the city grows a little, and reporting with it
    growth = 1.0 + 0.08 * pl.int_range(pl.len()) / pl.len()
    return frame.select(
        ((pl.col("date").dt.year() - first.year) * 12 + pl.col("date").dt.month() - first.month)
        .cast(pl.Int64)
        .alias("month"),
        pl.col("date").cast(pl.Int32).cast(pl.Int64).alias("day"),
        (
            season * growth * pl.when(is_holiday).then(HOLIDAY[channel]).when(is_make_up).then(1.0).otherwise(of_week)
        ).alias("weight"),
    )


def case_numbers(world: World) -> dict[str, list[int]]:
    """Cases by channel and month; they add up to the number asked for (largest remainders)."""
    share = world.settings.hotline_share
    weights = []
    for channel, part in zip(CHANNELS, (share, 1 - share), strict=True):
        by_month = day_weights(world, channel).group_by("month").agg(pl.col("weight").sum()).sort("month")
        weights.append(by_month["weight"].to_numpy() / by_month["weight"].sum() * part)
    exact = np.concatenate(weights) * world.settings.cases
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(whole - exact, kind="stable")
    whole[order[: world.settings.cases - int(whole.sum())]] += 1
    months = len(world.months)
    return {channel: whole[i * months : (i + 1) * months].tolist() for i, channel in enumerate(CHANNELS)}


def report_times(rng: np.random.Generator, channel: str, days: pl.DataFrame, number: int) -> np.ndarray:
    """``number`` reporting times, sorted, on ``days`` (rows of ``day_weights`` of one month)."""
    day = days["day"].to_numpy()[draw(rng, days["weight"].to_numpy(), number)]
    hour = draw(rng, np.array(HOURS[channel], dtype=float), number)
    return np.sort(day * DAY + hour * HOUR + rng.integers(0, HOUR, number))


def draw(rng: np.random.Generator, weights: np.ndarray, number: int) -> np.ndarray:
    """``number`` positions drawn by weight."""
    edges = np.cumsum(weights)
    places = np.searchsorted(edges, rng.random(number) * edges[-1], side="right")
    return np.asarray(np.minimum(places, len(weights) - 1))
