"""Layouts that changed with the years: which settings hold for a file of a certain day."""

from __future__ import annotations

import re
from datetime import date

import polars as pl

from pipelines.city.models import Source
from pipelines.contracts import DELIVERED, Type
from pipelines.ingest.cast import Reading, cast_text, clean
from pipelines.ingest.refusal import Refusal


def date_text(source: Source, name: str) -> str | None:
    """What ``dated_by`` takes out of the file's name; None where it does not fit or is not set."""
    if source.dated_by is None:
        return None
    found = re.search(source.dated_by.from_file_name, name)
    return found.group(1) if found else None


def day_of(source: Source, name: str) -> date | None:
    """The day that the file belongs to by its name, a month or year being its first day; None where it tells none."""
    text = date_text(source, name)
    if text is None or source.dated_by is None:
        return None
    reading = Reading.of(Type.DATE, source.dated_by.formats, ("UTC", "UTC"), is_sheet=False)
    frame = pl.DataFrame({"t": [text]}, schema={"t": pl.String})
    found: date | None = frame.select(cast_text(clean(pl.col("t")), reading, careful=True)).item()
    return found


def for_file(source: Source, name: str) -> Source:
    """``source`` as it holds for the file ``name``. A file of a day that no layout names is read as the source itself
    says. Raises Refusal where the layouts need a day and the name tells none, and where no layout holds on the day and
    the source alone does not fill the contract.
    """
    if not source.layouts:
        return source
    day = day_of(source, name)
    if day is None:
        raise Refusal("undated-file", f"dated_by cannot read a day from the file name {name!r}")
    for layout in source.layouts:
        if (layout.valid_from or date.min) <= day <= (layout.valid_to or date.max):
            return source.with_layout(layout)
    lacking = [c.name for c in DELIVERED[source.contract].columns if c.required and c.name not in source.columns]
    if lacking:
        raise Refusal("undated-file", f"no layout holds on {day}, and without one nothing fills {', '.join(lacking)}")
    return source
