"""The notation of ``formats``: strptime directives, and words for times that no directive can tell."""

from __future__ import annotations

import re
import warnings
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Annotated, Any

import polars as pl
from pydantic import AfterValidator, BeforeValidator

from pipelines.city.strict import is_number, one_or_many

EPOCH_SECONDS, EPOCH_MILLISECONDS = "epoch_seconds", "epoch_milliseconds"
EXCEL_SERIAL, ISO_8601 = "excel_serial", "iso_8601"
WORDS = (EPOCH_SECONDS, EPOCH_MILLISECONDS, EXCEL_SERIAL, ISO_8601)

# A moment no part of which can be taken for another: year, month, day, hour, minute and second all differ.
TRIAL = datetime(2016, 11, 30, 15, 46, 47, tzinfo=UTC)


def directives(form: str) -> str:
    """``form`` in the directives that the reader of times knows: a point and ``%f`` are Python's way to write a
    fraction of a second, which it would take for nanoseconds, and ``%z`` shall know Z and +08 too.
    """
    return re.sub(r"(?<!%)((?:%%)*)%z", r"\1%#z", form.replace(".%f", "%.f"))


def has_zone(form: str) -> bool:
    """True if a text in the format tells its offset from UTC."""
    return "%z" in form or "%:z" in form or "%#z" in form


def tells_day(form: str) -> bool:
    """True if a text in the format tells a day, or at least a month or a year: ``%H:%M`` does not."""
    if form in WORDS:
        return True
    read = _read_back(form)
    return read is not None and read.year == TRIAL.year


def is_format(form: str) -> str:
    """``form`` itself if it is one of ``WORDS`` or can be read with; raises ValueError with a hint if not."""
    if form in WORDS:
        return form
    if "%" not in form:
        near = get_close_matches(form, WORDS, n=1)
        raise ValueError(
            f"{form!r} is neither a format such as %Y-%m-%d nor one of {', '.join(WORDS)}"
            + (f"; did you mean {near[0]!r}?" if near else "")
        )
    try:
        read = _read_back(form)
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{form!r} cannot be read with: {str(error).splitlines()[0]}") from error
    if read is None:
        raise ValueError(f"{form!r} cannot be read with: a time written in it is not understood")
    return form


def _read_back(form: str) -> datetime | None:
    """The trial moment written in ``form`` and read again."""
    told = directives(form)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = pl.Series([TRIAL]).dt.strftime(told.replace("%#z", "%z"))
        found: datetime | None = text.str.to_datetime(told, time_unit="us", strict=False)[0]
    return found


def _no_number(value: Any) -> Any:
    """A number would be taken for seconds since 1970: 20261031 is meant as a day and would be one in August 1970."""
    is_bare = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_bare or (isinstance(value, str) and is_number(value)):
        raise ValueError(f"{value!r} is a number; write a day as 2026-10-31, a moment as 2026-10-31T23:59:59")
    return value


def _with_time(value: Any) -> Any:
    """A day alone would be taken for its first moment, where its last is meant."""
    if type(value) is date or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip())):
        raise ValueError(f"{value} tells no time of day; write the day's end as {value}T23:59:59")
    return value


def _no_offset(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise ValueError(
            f"{value.isoformat()} tells its offset from UTC, and this is local time of the city: "
            "write it without offset, such as 2026-10-31T23:59:59"
        )
    return value


Format = Annotated[str, AfterValidator(is_format)]
Day = Annotated[date, BeforeValidator(_no_number)]
Moment = Annotated[datetime, BeforeValidator(_no_number)]
LocalMoment = Annotated[Moment, BeforeValidator(_with_time), AfterValidator(_no_offset)]
Formats = Annotated[tuple[Format, ...], BeforeValidator(one_or_many)]
