"""The three clocks in SQL against a slow reference that walks minute by minute and day by day in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.warehouse.db import open_db
from tests.models import build_models, rendered

FIRST, LAST = date(2023, 11, 1), date(2025, 2, 28)  # two year ends and a leap day
HOLIDAY = {date(2024, 2, 9) + timedelta(days=n) for n in range(9)} | {date(2024, 1, 1), date(2025, 1, 1)}
MAKE_UP = {date(2024, 2, 4), date(2024, 2, 18)}
HOURS = ((time(9), time(12)), (time(13, 30), time(17, 30)))
SUMMER = ((time(8), time(12)), (time(15), time(18)))  # valid from 2024-06-01 to 2024-09-30
EDGES = [
    datetime(2024, 2, 29), datetime(2024, 2, 28, 23, 59), datetime(2024, 2, 29, 12), datetime(2023, 12, 31, 23, 59),
    datetime(2024, 1, 1), datetime(2024, 2, 8, 17, 30), datetime(2024, 2, 9), datetime(2024, 2, 17, 23, 59),
    datetime(2024, 5, 31, 17, 30), datetime(2024, 6, 3, 8), datetime(2024, 12, 31, 17, 29),
]  # fmt: skip
AS_OF = datetime(2025, 2, 1)
CLOCK = ("int_work_intervals", "int_work_days", "int_work_segments", "int_work_hours")
UNITS = ("urgent_hour", "natural_day", "work_hour", "work_day")


def is_workday(day: date) -> bool:
    return day in MAKE_UP or (day.weekday() < 5 and day not in HOLIDAY)


def hours_of(day: date) -> tuple[tuple[time, time], ...]:
    if not is_workday(day):
        return ()
    return SUMMER if date(2024, 6, 1) <= day <= date(2024, 9, 30) else HOURS


def is_working(minute: datetime) -> bool:
    return any(a <= minute.time() < b for a, b in hours_of(minute.date()))


def closes(day: date) -> datetime:
    return datetime.combine(day, hours_of(day)[-1][1])


def working_minutes(day: date) -> int:
    return sum((b.hour - a.hour) * 60 + b.minute - a.minute for a, b in hours_of(day))


def slow_deadline(
    start: datetime, limit: float, unit: str, pauses: tuple[tuple[datetime, datetime], ...] = ()
) -> datetime:
    """The rule in words, walked: a clock that counts minutes (or closed working days) and stands still in a pause."""
    whole, minutes = int(limit), int(limit * (60 * 24 if unit == "natural_day" else 60))
    if unit == "work_day" and not limit:
        return start
    if unit == "work_day" and limit > whole:
        # half a day: half the working minutes of the day after the whole days, which are those until it closes
        ahead = [d for n in range(1, 60) if is_workday(d := start.date() + timedelta(days=n))]
        until = closes(ahead[whole - 1]) if whole else start
        days = range((until.date() - start.date()).days + 1)
        passed = sum(
            is_working(at)
            for n in days
            for m in range(24 * 60)
            if start <= (at := datetime.combine(start.date() + timedelta(days=n), time(m // 60, m % 60))) < until
        )
        minutes, unit = passed + int((limit - whole) * working_minutes(ahead[whole])), "work_hour"
    if unit == "work_day":
        day, left = start.date(), whole
        while True:
            if left <= 0 and is_workday(day):
                held = [p for p in pauses if p[0] < closes(day) and p[0].date() <= day < p[1].date()]
                if not held:
                    return closes(day)
            day += timedelta(days=1)
            if is_workday(day) and not any(p[0].date() < day <= p[1].date() for p in pauses):
                left -= 1
    at = start
    while minutes:
        if (unit != "work_hour" or is_working(at)) and not any(a <= at < b for a, b in pauses):
            minutes -= 1
        at += timedelta(minutes=1)
    return at


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    calendar = pl.DataFrame(
        {
            "calendar_date": days,
            "weekday": [d.isoweekday() for d in days],
            "is_workday": [is_workday(d) for d in days],
            "is_official": [d.year < 2025 for d in days],
        }
    )
    intervals = pl.DataFrame(
        [("c", f"{a:%H:%M}", f"{b:%H:%M}", since, until)
         for hours, since, until in (
             (HOURS, date(2023, 1, 1), date(2024, 5, 31)), (SUMMER, date(2024, 6, 1), date(2024, 9, 30)),
             (HOURS, date(2024, 10, 1), None))
         for a, b in hours],
        schema={"calendar_code": pl.String, "starts_at": pl.String, "ends_at": pl.String, "valid_from": pl.Date,
                "valid_to": pl.Date},
        orient="row",
    ).with_columns(weekday=pl.lit(None, pl.Int64), on_date=pl.lit(None, pl.Date))  # fmt: skip
    run = pl.DataFrame({"calendar_code": ["c"], "as_of": [AS_OF]})
    with open_db(":memory:") as db:
        for name, frame in (("stg_calendar", calendar), ("stg_work_intervals", intervals), ("stg_run", run)):
            db.register("frame", frame.to_arrow())
            db.execute(f"create table {name} as select * from frame")
            db.unregister("frame")
        db.execute("create table stg_deliveries as select 'd' as delivery_id, 's' as source")
        db.execute("create table stg_sources as select 's' as source, 'dispatched_at' as clock_starts_at")
        build_models(db, *CLOCK)
        yield db


Case = tuple[datetime, float, str, list[tuple[datetime, datetime | None]]]


def deadlines(db: duckdb.DuckDBPyConnection, cases: list[Case]) -> list[tuple[datetime | None, bool]]:
    """Deadline and its provisional flag of each case: dispatched at, limit, unit, suspensions."""
    moment = pl.Datetime("us")
    frames = {
        "int_case_times": pl.DataFrame(
            [
                (n, "grid", str(n), "d", start, start, start, start, None, None, None)
                for n, (start, *_) in enumerate(cases)
            ],
            schema={"case_key": pl.Int64, "channel": pl.String, "category_code": pl.String, "delivery_id": pl.String}
            | {
                f"{x}_at": moment
                for x in ("reported", "accepted", "registered", "dispatched", "closed", "due", "handled")
            },
            orient="row",
        ),
        "stg_stage_limits": pl.DataFrame(
            [("grid", str(n), "handle", Decimal(str(limit)), unit, None, date(2020, 1, 1), None)
             for n, (_, limit, unit, _) in enumerate(cases)],
            schema={"channel": pl.String, "category_code": pl.String, "stage": pl.String,
                    "limit_value": pl.Decimal(18, 4), "limit_unit": pl.String, "clock_start": pl.String,
                    "valid_from": pl.Date, "valid_to": pl.Date},
            orient="row",
        ),
        "stg_case_suspensions": pl.DataFrame(
            [(n, "suspension", a, b) for n, (_, _, _, pauses) in enumerate(cases) for a, b in pauses],
            schema={"case_key": pl.Int64, "kind": pl.String, "started_at": moment, "ended_at": moment},
            orient="row",
        ),
    }  # fmt: skip
    for name, frame in frames.items():
        db.register("frame", frame.to_arrow())
        db.execute(f"create or replace table {name} as select * from frame")
        db.unregister("frame")
    build_models(db, "int_case_limits", "int_case_pauses", "int_case_deadlines")
    found = {
        key: (due, provisional)
        for key, due, provisional in db.execute(
            "select case_key, due_at, is_calendar_provisional from int_case_deadlines"
        ).fetchall()
    }
    return [found.get(n, (None, False)) for n in range(len(cases))]


def working_seconds(db: duckdb.DuckDBPyConnection, moments: list[datetime]) -> list[int]:
    db.register("frame", pl.DataFrame({"n": range(len(moments)), "at": moments}).to_arrow())
    rows = db.execute(
        rendered(
            "select {{ work_seconds_at('m.at', 's') }} from frame as m"
            " inner join int_work_segments as s on {{ in_segment('m.at', 's') }} order by m.n"
        )
    ).fetchall()
    db.unregister("frame")
    assert len(rows) == len(moments)  # every moment lies in exactly one segment
    return [row[0] for row in rows]


moments = st.one_of(
    st.sampled_from(EDGES),
    st.integers(0, 60 * 24 * 380).map(lambda n: datetime(2023, 11, 6) + timedelta(minutes=n)),
)
quick = settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    start, unit = draw(moments), draw(st.sampled_from(UNITS))
    limit = draw(st.integers(0 if unit == "work_hour" else 1, 60 if unit.endswith("hour") else 12))
    if unit == "work_day":
        limit = draw(st.sampled_from([limit, limit - 0.5, 0]))
    pauses: list[tuple[datetime, datetime | None]] = []
    for _ in range(draw(st.integers(0, 3))):
        at = start + timedelta(minutes=draw(st.integers(-500, 60 * 24 * 9)))
        pauses.append((at, at + timedelta(minutes=draw(st.integers(1, 60 * 24 * 7)))))
    return start, limit, unit, pauses


@quick
@given(st.lists(cases(), min_size=1, max_size=12))
def test_deadlines_equal_the_slow_reference(db: duckdb.DuckDBPyConnection, drawn: list[Case]) -> None:
    for (start, limit, unit, pauses), (due, _) in zip(drawn, deadlines(db, drawn), strict=True):
        held = merged([(max(a, start), b) for a, b in pauses if b and b > start])
        assert due == slow_deadline(start, limit, unit, tuple(held)), (start, limit, unit, held)


def merged(pauses: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for a, b in sorted(pauses):
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined


@quick
@given(st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_working_time_is_additive_monotone_and_as_counted(db: duckdb.DuckDBPyConnection, three: list[datetime]) -> None:
    a, b, c = working_seconds(db, three)
    assert a <= b <= c
    assert (b - a) + (c - b) == c - a
    near = min(three[1], three[0] + timedelta(days=12))
    walked = sum(
        is_working(three[0] + timedelta(minutes=n)) for n in range(int((near - three[0]).total_seconds() // 60))
    )
    here, there = working_seconds(db, [three[0], near])
    assert there - here == walked * 60


@quick
@given(st.lists(st.tuples(moments, st.integers(0, 80)), min_size=2, max_size=10))
def test_working_time_until_the_deadline_is_the_limit_and_later_starts_end_later(
    db: duckdb.DuckDBPyConnection, drawn: list[tuple[datetime, int]]
) -> None:
    dues = [due for due, _ in deadlines(db, [(start, limit, "work_hour", []) for start, limit in drawn])]
    assert None not in dues
    starts, ends = working_seconds(db, [s for s, _ in drawn]), working_seconds(db, [d for d in dues if d])
    assert [end - start for start, end in zip(starts, ends, strict=True)] == [limit * 3600 for _, limit in drawn]
    same = sorted(start for start, _ in drawn)
    later = [due for due, _ in deadlines(db, [(start, 9, "work_hour", []) for start in same])]
    assert later == sorted(later, key=lambda due: due or datetime.max)


@pytest.mark.parametrize(
    ("start", "limit", "unit", "pauses", "due"),
    [
        # by hand: Thursday before the Spring Festival; 4 h = 30 min that evening, 3 h 30 on Sunday 18th, a make-up day
        (datetime(2024, 2, 8, 17), 4, "work_hour", [], datetime(2024, 2, 18, 14)),
        (datetime(2024, 2, 8, 17), 1, "work_day", [], datetime(2024, 2, 18, 17, 30)),
        (datetime(2024, 2, 28, 10), 1, "natural_day", [], datetime(2024, 2, 29, 10)),
        (datetime(2023, 12, 31, 23, 59), 2, "urgent_hour", [], datetime(2024, 1, 1, 1, 59)),
        (datetime(2024, 3, 5, 0, 0), 7, "work_hour", [], datetime(2024, 3, 5, 17, 30)),
        # suspended Tuesday 10:00 to Wednesday 10:00: an hour on Tuesday, then three from Wednesday 10:00
        (datetime(2024, 3, 5, 9), 4, "work_hour", [(datetime(2024, 3, 5, 10), datetime(2024, 3, 6, 10))],
         datetime(2024, 3, 6, 14, 30)),
        # one that begins after the deadline moves nothing; one that has not ended moves nothing yet
        (datetime(2024, 3, 5, 9), 1, "work_hour", [(datetime(2024, 3, 5, 11), datetime(2024, 3, 9))],
         datetime(2024, 3, 5, 10)),
        (datetime(2024, 3, 5, 9), 4, "work_hour", [(datetime(2024, 3, 5, 10), None)], datetime(2024, 3, 5, 14, 30)),
        # half a working day (3 h 30 of 7): from the morning, over noon; from Thursday before the Spring Festival
        # into Sunday 18th; before the opening; one day and a half: half of the second day; suspended for an hour of it
        (datetime(2024, 3, 5, 9), 0.5, "work_day", [], datetime(2024, 3, 5, 14)),
        (datetime(2024, 2, 8, 17), 0.5, "work_day", [], datetime(2024, 2, 18, 12)),
        (datetime(2024, 3, 5, 7), 0.5, "work_day", [], datetime(2024, 3, 5, 14)),
        (datetime(2024, 3, 5, 16), 1.5, "work_day", [], datetime(2024, 3, 7, 14)),
        (datetime(2024, 3, 5, 9), 0.5, "work_day", [(datetime(2024, 3, 5, 10), datetime(2024, 3, 5, 11))],
         datetime(2024, 3, 5, 15)),
        # no working day: due at once, on a working day, on a Saturday, after the close, and suspended from then on
        (datetime(2024, 3, 5, 9), 0, "work_day", [], datetime(2024, 3, 5, 9)),
        (datetime(2024, 3, 9, 10), 0, "work_day", [], datetime(2024, 3, 9, 10)),
        (datetime(2024, 3, 5, 18), 0, "work_day", [], datetime(2024, 3, 5, 18)),
        (datetime(2024, 3, 9, 10), 0, "work_day", [(datetime(2024, 3, 9, 10), datetime(2024, 3, 12, 10))],
         datetime(2024, 3, 9, 10)),
        # out of the calendar: no deadline rather than a wrong one
        (datetime(2025, 2, 27, 9), 9, "work_day", [], None),
    ],
)  # fmt: skip
def test_deadlines_by_hand(
    db: duckdb.DuckDBPyConnection, start: datetime, limit: float, unit: str, pauses: list, due: datetime | None
) -> None:
    assert deadlines(db, [(start, limit, unit, pauses)])[0][0] == due


@quick
@given(st.lists(moments, min_size=1, max_size=8))
def test_more_working_days_never_end_earlier(db: duckdb.DuckDBPyConnection, starts: list[datetime]) -> None:
    limits = [0, 0.25, 0.5, 0.9, 1, 1.5, 2, 2.75, 3]
    dues = [due for due, _ in deadlines(db, [(start, limit, "work_day", []) for start in starts for limit in limits])]
    for n in range(len(starts)):
        mine = dues[n * len(limits) : (n + 1) * len(limits)]
        assert mine == sorted(mine, key=lambda due: due or datetime.max), starts[n]
        assert mine[0] == starts[n], "a deadline never ends before its clock begins"


def test_a_deadline_counted_over_days_without_an_official_calendar_says_so(db: duckdb.DuckDBPyConnection) -> None:
    start = datetime(2024, 12, 30, 9)
    found = deadlines(db, [(start, 1, "work_day", []), (start, 2, "work_day", []), (start, 9, "natural_day", [])])
    assert [provisional for _, provisional in found] == [False, True, False]
