"""One adjustment at a time: what a person asks for or decides becomes a one-row file that comes in by the door."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.city import City
from pipelines.city.models import Source
from pipelines.contracts import DELIVERED
from pipelines.errors import DataError, UsageError
from pipelines.ingest import lake as lake_files
from pipelines.ingest.door import land_files
from pipelines.ingest.landing import private_folder
from pipelines.ingest.ledger import Delivery
from pipelines.ingest.reasons import words
from pipelines.settings import CityHome

Say = Callable[[str], None]
CONTRACT = DELIVERED["adjustments"]
STAMP = "%Y-%m-%d %H:%M:%S"
SCRATCH = f"{lake_files.TEMPORARY}adjustments"


def ask(city: City, home: CityHome, asked: dict[str, Any], say: Say) -> str:
    """Take in a new request; ``asked`` holds the contract's columns that the person gives. Returns its number, made of
    the day and a count. The caller holds the city's lock.

    Raises UsageError where the city has no source for it, DataError where the door rejects the row.
    """
    source, now = _source(city), _now(city)
    known = {row["adjustment_id"] for row in _delivered(home)}
    number = next(name for n in range(1, len(known) + 2) if (name := f"{now:%Y%m%d}-{n:03d}") not in known)
    _take_in(city, home, source, asked | {"adjustment_id": number, "requested_at": now, "updated_at": now}, say)
    return number


def decide(city: City, home: CityHome, number: str, *, decision: str, by: str, note: str, say: Say) -> None:
    """Take in the decision about request ``number``: the same record once more, decided. The caller holds the lock.

    Raises UsageError for an unknown request and one that is decided, DataError where the door rejects the row: who asks
    cannot decide.
    """
    source, now = _source(city), _now(city)
    versions = [row for row in _delivered(home) if row["adjustment_id"] == number]
    if not versions:
        open_ones = sorted({row["adjustment_id"] for row in _delivered(home) if row["decision"] is None})
        raise UsageError(f"there is no adjustment {number!r}", f"waiting: {', '.join(open_ones[:12]) or 'none'}")
    last = max(versions, key=_said_at)
    if last["decision"] is not None:
        raise UsageError(
            f"{number} was {last['decision']} by {last['decided_by']} on {last['decided_at']:%Y-%m-%d}",
            "a decision stands; whoever objects to it asks anew",
        )
    told = {name: last[name] for name in (column.name for column in CONTRACT.columns)}
    if note.strip():
        told["reason"] = f"{last['reason']}（裁定意见：{note.strip()}）"
    # Of two versions the later one counts, so a decision in the second of the request says so itself.
    updated_at = max(now, _said_at(last) + timedelta(seconds=1))
    decided = {"decision": decision, "decided_by": by.strip(), "decided_at": now, "updated_at": updated_at}
    _take_in(city, home, source, told | decided, say)


def _source(city: City) -> Source:
    """The city's source of adjustments, fit to be written to."""
    for source in city.sources.values():
        if source.contract != CONTRACT.name:
            continue
        lacking = [
            name
            for name in (*(column.name for column in CONTRACT.columns), "updated_at")
            if name not in source.columns or not source.columns[name].column
        ]
        if lacking:
            raise UsageError(
                f"{city.folder}/sources/{source.source}.yaml has no column for {', '.join(lacking)}",
                "map each of them to one header",
            )
        return source
    raise UsageError(
        f"{city.name} has no source of contract adjustments",
        f"add {city.folder}/sources/adjustments.yaml; docs/guide/appeals.md shows one",
    )


def _said_at(version: dict[str, Any]) -> datetime:
    return version["updated_at"] or version["extracted_at"] or datetime.min


def _now(city: City) -> datetime:
    return datetime.now(ZoneInfo(city.settings.time_zone)).replace(tzinfo=None, microsecond=0)


def _delivered(home: CityHome) -> list[dict[str, Any]]:
    files = sorted((home.lake / "accepted" / CONTRACT.name).glob("*.parquet"))
    return pl.read_parquet(files, glob=False).to_dicts() if files else []


def _take_in(city: City, home: CityHome, source: Source, record: dict[str, Any], say: Say) -> None:
    row = {
        spec.column[0]: _cell(source, name, record.get(name)) for name, spec in source.columns.items() if spec.column
    }
    stamp = record["updated_at"]
    with tempfile.TemporaryDirectory(dir=private_folder(home.landing, SCRATCH)) as scratch:
        path = Path(scratch) / f"adjust_{record['adjustment_id']}_{stamp:%Y%m%d%H%M%S}.csv"
        with path.open("w", encoding=source.csv.encoding[0], newline="") as file:
            writer = csv.DictWriter(file, list(row), delimiter=source.csv.delimiter)
            writer.writeheader()
            writer.writerow(row)
        (delivery,) = land_files(city, home, source, [path], say=say)
    if delivery.accepted != 1:
        raise _rejected(home, delivery)


def _cell(source: Source, name: str, value: Any) -> str:
    """``value`` as the source's files write it: its map and its formats, the other way round."""
    spec = source.columns[name]
    if value is None:
        return ""
    if spec.map:
        return next((text for text, meaning in spec.map.items() if meaning == value), str(value))
    if isinstance(value, datetime):
        return value.strftime(spec.formats[0] if spec.formats else STAMP)
    return str(value)


def _rejected(home: CityHome, delivery: Delivery) -> DataError:
    faults = pl.read_parquet(lake_files.rejected_file(home.lake, delivery.delivery_id), glob=False).to_dicts()
    first = faults[0]
    where = f"{first['source_file']}, row {first['source_row']}, column {first['column_name']}"
    return DataError(f"{where}: {first['value'] or 'blank'}: {words(first['reason']).en}", first["remedy_en"])
