"""When the source took an extract, as the settings or the file's name tell it."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.city import City
from pipelines.city.models import Source
from pipelines.contracts import DELIVERED
from pipelines.ingest.cast import Reading, cast_text, clean


def told_extraction(city: City, source: Source, name: str) -> datetime | None:
    """When the source took the whole extract, as far as setting or file name say it; local time of the city."""
    setting = source.extracted_at
    if setting is None or setting.column is not None:
        return None
    zones = (source.time_zone or city.settings.time_zone, city.settings.time_zone)
    if setting.value is not None:
        given = setting.value if setting.value.tzinfo else setting.value.replace(tzinfo=ZoneInfo(zones[0]))
        return given.astimezone(ZoneInfo(zones[1])).replace(tzinfo=None)
    found = re.search(setting.from_file_name or "", name)
    text = found.group(1) if found and found.groups() else None
    reading = Reading.of(DELIVERED[source.contract].column("extracted_at").type, setting.formats, zones, is_sheet=False)
    frame = pl.DataFrame({"t": [text]}, schema={"t": pl.String})
    value: datetime | None = frame.select(cast_text(clean(pl.col("t")), reading, careful=True)).item()
    return value
