"""From text to the types of a contract. What cannot be read becomes null; the caller turns that into a fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from pipelines.city.times import EXCEL_SERIAL, ISO_8601, WORDS, directives, has_zone
from pipelines.contracts import Type
from pipelines.contracts.schemas import POLARS_TYPES
from pipelines.ingest.moments import FIRST_READ, ISO_QUICK, halves, moment, of_four_digits, serial

TIMESTAMP_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日",
)
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S")
TIME_FORMATS = ("%H:%M", "%H:%M:%S")
# What a workbook cell typed as a date or a time of day is read as.
SHEET_TIMESTAMPS = ("%Y-%m-%d %H:%M:%S%.f",)
SHEET_DATES = ("%Y-%m-%d %H:%M:%S%.f",)
SHEET_TIMES = ("1899-12-31 %H:%M:%S", "1899-12-30 %H:%M:%S")

# A tenth of a millimetre. Workbooks keep 15 digits and cut the last one, so that the same coordinate from a CSV and
# from a workbook would differ beyond this.
COORDINATE_DECIMALS = 9

# What programs and people write where there is nothing: choices of an expression that minds no letter case.
NULL_WORDS = r"null|none|nil|nan|n/?a|\(null\)|无|空"

BOOLEANS = {
    "true": True,
    "false": False,
    "1": True,
    "0": False,
    "是": True,
    "否": False,
    "y": True,
    "n": False,
    "yes": True,
    "no": False,
}
# In the letter cases that programs write; the careful way knows all of them.
USUAL_BOOLEANS = {
    spelling: value for text, value in BOOLEANS.items() for spelling in (text, text.upper(), text.capitalize())
}


@dataclass(frozen=True)
class Reading:
    """How the text of one column is to be read.

    ``zones`` are the time zone of the source and that of the city; equal ones leave the clock alone. With
    ``end_of_day`` a moment at midnight is the last second of the day that it begins.
    """

    kind: Type
    formats: tuple[str, ...]
    zones: tuple[str, str]
    end_of_day: bool = False

    @classmethod
    def of(
        cls,
        kind: Type,
        formats: tuple[str, ...],
        zones: tuple[str, str],
        *,
        is_sheet: bool,
        end_of_day: bool = False,
    ) -> Reading:
        """``formats`` as declared for the source, else the usual ones; for a workbook also its typed cells."""
        usual, sheet = {
            Type.TIMESTAMP: (TIMESTAMP_FORMATS, SHEET_TIMESTAMPS),
            Type.DATE: (DATE_FORMATS, SHEET_DATES),
            Type.TIME: (TIME_FORMATS, SHEET_TIMES),
        }.get(kind, ((), ()))
        tried = [
            form if form in WORDS else directives(form) for form in (formats or usual) + (sheet if is_sheet else ())
        ]
        # The quick way tries the first format alone: let that be the cheapest and commonest form of ISO 8601.
        tried = [each for form in tried for each in ((ISO_QUICK, form) if form == ISO_8601 else (form,))]
        return cls(kind, tuple(dict.fromkeys(tried)), zones, end_of_day)


def clean(raw: pl.Expr) -> pl.Expr:
    """Text without white space at its ends (U+3000 included); nothing left is null."""
    trimmed = raw.str.strip_chars()
    return pl.when(trimmed != "").then(trimmed)


def half_width(text: pl.Expr) -> pl.Expr:
    """Full-width digits, letters and marks in their ASCII form; for typed columns only."""
    return text.str.normalize("NFKC").str.strip_chars()


def cast_text(text: pl.Expr, reading: Reading, *, careful: bool) -> pl.Expr:
    """``text`` in the Polars type of ``reading.kind``; null where it cannot be read.

    The quick way (``careful`` false) tries the first format only and takes numbers as they stand; all it reads but what
    is ``doubtful`` the careful way reads equally. Local times that an hour's change of clock skips are null; of doubled
    ones the earlier is taken.
    """
    kind = reading.kind
    if kind is Type.TEXT:
        return text
    if kind is Type.BOOLEAN:
        told, named = (text.str.to_lowercase(), BOOLEANS) if careful else (text, USUAL_BOOLEANS)
        return told.replace_strict(named, default=None, return_dtype=pl.Boolean)
    if kind is Type.TIMESTAMP:
        told = _first(reading, careful, lambda form: moment(text, form, reading.zones, careful=careful))
        return _whole_day(told) if reading.end_of_day else told
    if kind is Type.DATE:
        return _first(reading, careful, lambda form: _date(text, form, reading.zones, careful=careful))
    if kind is Type.TIME:
        return _first(reading, careful, lambda form: _time(text, form, careful=careful)).dt.to_string("%H:%M")
    if kind is Type.INTEGER and careful:
        text = text.str.replace(r"\.0+$", "")
    value = text.cast(POLARS_TYPES[kind], strict=False)
    if kind is Type.FLOAT:
        value = (pl.when(value.is_finite()).then(value) if careful else value).round(COORDINATE_DECIMALS)
    return value


def doubtful(value: pl.Expr, kind: Type) -> pl.Expr | None:
    """True where the quick way read a ``value`` that the careful way does not take; None where it never does. It is
    asked of the value that is there, since an expression that names its value twice works it out twice.
    """
    if kind in (Type.TIMESTAMP, Type.DATE):
        return value < FIRST_READ
    return ~value.is_finite() if kind is Type.FLOAT else None


def _first(reading: Reading, careful: bool, parse: Callable[[str], pl.Expr]) -> pl.Expr:
    tried = reading.formats if careful else reading.formats[:1]
    # A time of day has no year, and the quick way leaves this to ``doubtful``.
    is_dated = careful and reading.kind is not Type.TIME
    found = [of_four_digits(parse(form)) if is_dated else parse(form) for form in tried]
    return found[0] if len(found) == 1 else pl.coalesce(found)


def _whole_day(value: pl.Expr) -> pl.Expr:
    return pl.when(value.dt.truncate("1d") == value).then(value.dt.offset_by("1d").dt.offset_by("-1s")).otherwise(value)


def _date(text: pl.Expr, form: str, zones: tuple[str, str], *, careful: bool) -> pl.Expr:
    if form in WORDS or has_zone(form):
        return moment(text, form, zones, careful=careful).dt.date()
    return (halves(text, form) if careful else text).str.to_date(form, strict=False)


def _time(text: pl.Expr, form: str, *, careful: bool) -> pl.Expr:
    if form == EXCEL_SERIAL:
        return serial(text, first=0).dt.time()
    if form.startswith("1899"):
        day = form.split(" ", maxsplit=1)[0]
        return text.str.strip_prefix(f"{day} ").str.to_time("%H:%M:%S", strict=False)
    return (halves(text, form) if careful else text).str.to_time(form, strict=False)
