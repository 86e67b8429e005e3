"""The working calendars of countries, frozen in this folder: announced, else computed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl

from pipelines.contracts import REFERENCE
from pipelines.contracts.schemas import lake_schema

FOLDER = Path(__file__).parent


def working_calendar(country: str) -> pl.DataFrame:
    """One row per day (date, is_workday, is_official, name) of all years of which anything is known.

    ``country`` is ``cn``: the notices of the State Council on holidays and make-up days, 2007 to 2026, as collected by
    NateScarlet/holiday-cn (MIT). A year after the last notice is computed (weekends and the statutory days off, without
    make-up days) and not official.
    """
    known = pl.read_csv(FOLDER / f"holidays_{country}.csv", schema_overrides={"date": pl.Date})
    official = known.filter("is_official")["date"].dt.year()
    last = known["date"].dt.year().max()
    first, last_official = date(int(official.min()) + 1, 1, 1), int(official.max())  # type: ignore[arg-type]
    days = pl.date_range(first, date(int(last), 12, 31), timedelta(days=1), eager=True)  # type: ignore[arg-type]
    return (
        pl.DataFrame({"date": days})
        .join(known.drop("is_official"), on="date", how="left")
        .select(
            "date",
            pl.col("is_workday").fill_null(pl.col("date").dt.weekday() <= 5).alias("is_workday"),
            (pl.col("date").dt.year() <= last_official).alias("is_official"),
            "name",
        )
        .cast(dict(lake_schema(REFERENCE["calendar"])))  # type: ignore[arg-type]
    )


def with_public_holidays(calendar: pl.DataFrame, country: str | None) -> pl.DataFrame:
    """``calendar`` (a city's own, which wins) with the days it lacks taken from the country's, in order of date."""
    if country is None:
        return calendar
    theirs = working_calendar(country).join(calendar, on="date", how="anti")
    return pl.concat([calendar, theirs.select(calendar.columns)]).sort("date")
