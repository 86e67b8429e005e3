"""Moments: from the many ways to write one to local time of the city."""

from __future__ import annotations

import re
from datetime import datetime

import polars as pl

from pipelines.city.times import EPOCH_MILLISECONDS, EPOCH_SECONDS, EXCEL_SERIAL, ISO_8601, has_zone

ISO_QUICK = "%Y-%m-%dT%H:%M:%S%.f"
# With an offset first: without one, what stands before it would not be the whole text, so the order is free.
ISO_FORMS = (
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M%#z",
    ISO_QUICK,
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
    "%Y%m%dT%H%M%S%.f%#z",
    "%Y%m%dT%H%M%S%.f",
    "%Y%m%dT%H%M",
)
# The two halves of the day as they are written; the reader of times knows AM and PM in any case.
HALVES = ["上午", "下午", "a.m.", "p.m.", "A.M.", "P.M."]
AM_PM = ["AM", "PM", "AM", "PM", "AM", "PM"]
# Serial 61 is 1 March 1900; before it, Excel counts a 29 February 1900 that never was.
FIRST_SERIAL, LAST_SERIAL = 61, 2_958_465.999_999_9
# The reader takes "26" and "-2026" for years, too. A year has four digits; from a format with %y it gets them.
FIRST_READ = datetime(1000, 1, 1)
SERIAL_ZERO = pl.datetime(1899, 12, 30, time_unit="us")
DAY_MILLISECONDS = 86_400_000
# Years 1 to 9999, in seconds from 1970; beyond them a moment cannot be written.
FIRST_SECOND, LAST_SECOND = -62_135_596_800, 253_402_300_799
# 24:00 apart from or after its day, in the ways that formats know: 24:00, 24:00:00.0, 240000. A year 2400 is none.
MIDNIGHT_24 = r"(^\d{8}|[\sT日号號])24((?::?00){1,2}(?:\.0+)?)($|[^\d:.])"


def moment(text: pl.Expr, form: str, zones: tuple[str, str], *, careful: bool) -> pl.Expr:
    """``text`` written in ``form`` (a word of ``city.times`` or directives) as local time of the city, null where it is
    written otherwise. ``zones``: that of the source, that of the city. Epochs and texts that tell their offset from UTC
    do not need the former. 上午 and 下午 are known to the careful way.
    """
    if form in (EPOCH_SECONDS, EPOCH_MILLISECONDS):
        return _epoch(text, 1 if form == EPOCH_SECONDS else 1000, zones[1])
    if form == EXCEL_SERIAL:
        return _local(serial(text), zones)
    if form == ISO_8601:
        text = text.str.replace(" ", "T", literal=True)
        return pl.coalesce([moment(text, each, zones, careful=False) for each in ISO_FORMS])
    if careful:
        text = halves(text, form)
    value = text.str.to_datetime(form, time_unit="us", strict=False, cache=not _is_quick(form))
    if has_zone(form):
        return value.dt.convert_time_zone(zones[1]).dt.replace_time_zone(None)
    return _local(value, zones)


def of_four_digits(value: pl.Expr) -> pl.Expr:
    """``value`` (moment or day), null where its year has no four digits. ``value`` is worked out twice."""
    return pl.when(value >= FIRST_READ).then(value)


def _is_quick(form: str) -> bool:
    """Whether reading a text costs less than looking it up among those read before: moments to the second seldom come
    twice, and Polars has a short way for forms without fractions, halves of the day and offsets.
    """
    return "%S" in form and set(re.findall("%(.)", form)) <= set("YmdHMS")


def halves(text: pl.Expr, form: str) -> pl.Expr:
    """``text`` with AM and PM for the two halves of the day, if ``form`` asks for them."""
    return text.str.replace_many(HALVES, AM_PM) if "%p" in form or "%P" in form else text


def midnight_24(text: pl.Expr, forms: tuple[str, ...], zones: tuple[str, str]) -> pl.Expr:
    """``text`` that gives its time of day as 24:00, which is 00:00 of the next day; null for any other text."""
    is_24 = text.str.contains(MIDNIGHT_24)
    as_zero = text.str.replace(MIDNIGHT_24, "${1}00${2}${3}")
    city = zones[1]
    found = []
    for form in forms:
        if form in (EPOCH_SECONDS, EPOCH_MILLISECONDS, EXCEL_SERIAL) or has_zone(form):
            continue
        # The day is counted on before the zone is changed: a day need not have 24 hours.
        day = of_four_digits(moment(as_zero, form, (city, city), careful=True))
        whole = pl.when((day == day.dt.truncate("1d")) & is_24).then(day + pl.duration(days=1))
        found.append(_local(whole, zones))
    return pl.coalesce(found) if found else pl.lit(None, pl.Datetime("us"))


def _local(value: pl.Expr, zones: tuple[str, str]) -> pl.Expr:
    """Local time of the source as local time of the city."""
    source, city = zones
    if source == city:
        return value
    aware = value.dt.replace_time_zone(source, ambiguous="earliest", non_existent="null")
    return aware.dt.convert_time_zone(city).dt.replace_time_zone(None)


def _epoch(text: pl.Expr, per_second: int, city: str) -> pl.Expr:
    """Decimal text, so that the microseconds of 1475280000.123456 do not suffer from the floating point."""
    count = text.cast(pl.Decimal(38, 6), strict=False)
    is_in_time = count.is_between(FIRST_SECOND * per_second, LAST_SECOND * per_second)
    micros = (pl.when(is_in_time).then(count) * (1_000_000 // per_second)).cast(pl.Int64)
    return micros.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(city).dt.replace_time_zone(None)


def serial(text: pl.Expr, first: int = FIRST_SERIAL) -> pl.Expr:
    """Days since 1899-12-30 with their fraction, to the millisecond, which is what a workbook's 15 digits hold."""
    days = text.cast(pl.Float64, strict=False)
    kept = pl.when(days.is_between(first, LAST_SERIAL)).then(days)
    return SERIAL_ZERO + pl.duration(milliseconds=(kept * DAY_MILLISECONDS).round().cast(pl.Int64))
