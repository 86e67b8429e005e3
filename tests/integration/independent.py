"""The counts of Baltimore worked out a second time, from the file alone, by the standard library alone.

Nothing here may come from the package under test: that the two agree is the point.
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

AS_OF = datetime(2019, 2, 13, 23, 59, 59)

# unit, period, channel, measure
Cell = tuple[str, str, str, str]


@dataclass(frozen=True)
class Request:
    """One row of the file. Times are naive local time of the city."""

    number: str
    agency: str
    district: str
    channel: str
    reported: datetime
    due: datetime | None
    closed: datetime | None
    is_duplicate: bool
    days_open: int | None


def moment(text: str) -> datetime | None:
    """'04/12/2018 11:11:26 AM' → the moment; a blank → None; anything else raises ValueError."""
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p") if text else None


def read_requests(path: Path) -> list[Request]:
    """The rows of the gzip-compressed csv file in its order."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [_request(row) for row in csv.DictReader(file)]


def _request(row: dict[str, str]) -> Request:
    reported = moment(row["CreatedDate"])
    assert reported is not None
    return Request(
        number=row["SRRecordID"],
        agency=row["Agency"],
        district=row["CouncilDistrict"] if row["CouncilDistrict"] not in {"", "0"} else "unallocated",
        channel="grid" if "Proactive" in row["SRType"] else "hotline",
        reported=reported,
        due=moment(row["DueDate"]),
        closed=moment(row["CloseDate"]),
        is_duplicate="(Duplicate)" in row["SRStatus"],
        days_open=int(row["DaysOpen"]) if row["DaysOpen"] else None,
    )


def periods_of(day: datetime) -> tuple[str, str, str, str]:
    """The month, quarter, half-year and year that ``day`` lies in: 2018-04, 2018-Q2, 2018-H1, 2018."""
    year, month = day.year, day.month
    return (
        f"{year}-{month:02d}",
        f"{year}-Q{1 + (month - 1) // 3}",
        f"{year}-H{1 if month <= 6 else 2}",
        str(year),
    )


def events(request: Request) -> Iterator[tuple[str, datetime]]:
    """The measures that the request counts in, each with the moment that places it in a period."""
    if request.is_duplicate:
        yield "duplicates", request.reported
        return
    yield "reported", request.reported
    if request.due is None:
        yield "no_deadline", request.reported
        return
    closed = request.closed if request.closed is not None and request.closed <= AS_OF else None
    if closed is not None:
        settled = min(closed, request.due)
        yield "due_to_close", settled
        yield "closed", settled
        yield ("closed_on_time" if closed <= request.due else "closed_overdue"), settled
    elif request.due < AS_OF:
        yield "due_to_close", request.due
        yield "overdue_open", request.due


def counts(requests: Iterable[Request]) -> Counter[Cell]:
    """Cell → number of requests; cells that would be 0 are absent.

    Units are the agencies and districts by their names in the file, ``unallocated`` and ``city``.
    """
    cells: Counter[Cell] = Counter()
    for request in requests:
        for measure, at in events(request):
            for unit in (request.agency, request.district, "city"):
                for period in periods_of(at):
                    for channel in (request.channel, "all"):
                        cells[unit, period, channel, measure] += 1
    return cells
