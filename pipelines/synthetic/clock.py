"""Deadlines on the field's three clocks, in numpy: a second opinion on what the warehouse computes in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from pipelines.errors import UsageError

HOUR, DAY = 3_600, 86_400
NEVER = 2**60  # later than any moment; a comparison with it needs no special case


def seconds(moment: datetime) -> int:
    """A naive local moment as seconds since 1970-01-01 of the same local time."""
    return int((moment - datetime(1970, 1, 1)).total_seconds())


@dataclass(frozen=True)
class WorkClock:
    """Working intervals of a calendar. All arrays hold local seconds since 1970, sorted."""

    starts: np.ndarray  # of each working interval
    ends: np.ndarray
    worked_before: np.ndarray  # working seconds that lie before each interval
    days: np.ndarray  # every calendar day, as days since 1970
    workdays_until: np.ndarray  # working days up to and including each day
    closings: np.ndarray  # end of the last interval of each working day

    @classmethod
    def of(cls, calendar: pl.DataFrame, intervals: pl.DataFrame, calendar_code: str) -> WorkClock:
        """The clock of a city's calendar and working intervals. Raises UsageError where no interval applies."""
        calendar = calendar.sort("date")
        joined = (
            calendar.filter("is_workday")
            .select("date")
            .join(intervals.filter(pl.col("calendar_code") == calendar_code).rename({"date": "only_on"}), how="cross")
            .filter(
                (pl.col("weekday").is_null() | (pl.col("weekday") == pl.col("date").dt.weekday()))
                & (pl.col("only_on").is_null() | (pl.col("only_on") == pl.col("date")))
                & (pl.col("date") >= pl.col("valid_from"))
                & (pl.col("valid_to").is_null() | (pl.col("date") <= pl.col("valid_to")))
            )
            .with_columns(
                pl.col("date").cast(pl.Int32).cast(pl.Int64).alias("day"),
                *(
                    (
                        pl.col("date").cast(pl.Int32).cast(pl.Int64) * DAY
                        + pl.col(name).str.slice(0, 2).cast(pl.Int64) * HOUR
                        + pl.col(name).str.slice(3, 2).cast(pl.Int64) * 60
                    ).alias(name)
                    for name in ("starts_at", "ends_at")
                ),
            )
            .sort("starts_at")
        )
        if joined.is_empty():
            raise UsageError(
                f"work_intervals.csv: no interval of {calendar_code!r} falls on a working day",
                "check calendar_code, weekday and validity",
            )
        starts, ends = joined["starts_at"].to_numpy(), joined["ends_at"].to_numpy()
        closings = joined.group_by("day").agg(pl.col("ends_at").max()).sort("day")
        open_days = pl.Series(calendar["date"].cast(pl.Int32).cast(pl.Int64)).is_in(closings["day"].to_list())
        return cls(
            starts=starts,
            ends=ends,
            worked_before=np.concatenate([[0], np.cumsum(ends - starts)[:-1]]),
            days=calendar["date"].cast(pl.Int32).cast(pl.Int64).to_numpy(),
            workdays_until=np.cumsum(open_days.to_numpy()),
            closings=closings["ends_at"].to_numpy(),
        )

    def after_work_hours(self, start: np.ndarray, hours: np.ndarray) -> np.ndarray:
        """The first moment at which ``hours`` hours have run inside working intervals since ``start``."""
        here = np.searchsorted(self.starts, start, side="right") - 1
        inside = np.minimum(start, self.ends[np.maximum(here, 0)]) - self.starts[np.maximum(here, 0)]
        worked = np.where(here < 0, 0, self.worked_before[np.maximum(here, 0)] + inside)
        target = worked + hours * HOUR
        # the interval whose end is the first to reach the target
        there = np.searchsorted(self.worked_before + (self.ends - self.starts), target, side="left")
        known = there < len(self.starts)
        there = np.minimum(there, len(self.starts) - 1)
        return np.where(known, self.starts[there] + target - self.worked_before[there], NEVER)

    def after_work_days(self, start: np.ndarray, days: np.ndarray) -> np.ndarray:
        """The close of the last interval of the Nth working day after the day of ``start``."""
        today = start // DAY - self.days[0]
        known = (today >= 0) & (today < len(self.days))
        ordinal = self.workdays_until[np.clip(today, 0, len(self.days) - 1)] + days - 1
        known &= ordinal < len(self.closings)
        return np.where(known, self.closings[np.minimum(ordinal, len(self.closings) - 1)], NEVER)

    def deadline(self, start: np.ndarray, limit: np.ndarray, unit: np.ndarray) -> np.ndarray:
        """Deadlines of ``limit`` units from ``start``; NEVER where start is NEVER or the unit is blank."""
        due = np.full(len(start), NEVER, dtype=np.int64)
        for name in ("urgent_hour", "natural_day", "work_hour", "work_day"):
            mine = (unit == name) & (start < NEVER)
            at, number = start[mine], limit[mine]
            if name == "urgent_hour":
                due[mine] = at + number * HOUR
            elif name == "natural_day":
                due[mine] = at + number * DAY
            elif name == "work_hour":
                due[mine] = self.after_work_hours(at, number)
            else:
                due[mine] = self.after_work_days(at, number)
        return due
