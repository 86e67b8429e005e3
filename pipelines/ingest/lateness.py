"""Which feeds are late, stale or stopped at a moment, and which units that holds back in which periods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

import polars as pl

from pipelines.city import City
from pipelines.city.models import Source
from pipelines.city.periods import Period, containing, series
from pipelines.ingest.extraction import told_extraction
from pipelines.ingest.feed_days import FeedDays, feed_days
from pipelines.ingest.ledger import Delivery
from pipelines.ingest.thresholds import in_order, moment_of

State = Literal["good", "old", "awaited", "stale", "late", "stopped"]
ORDER: tuple[State, ...] = ("good", "old", "awaited", "stale", "late", "stopped")  # the last is the worst

LATE_SCHEMA = pl.Schema(
    {
        "period": pl.String,
        "unit_code": pl.String,
        "state": pl.String,
        "sources": pl.String,
        "reason_zh": pl.String,
        "reason_en": pl.String,
    }
)


@dataclass(frozen=True)
class Lack:
    """What a feed owes for a stretch of days. ``key`` is the same for the same lack, whenever it is found."""

    source: str
    state: State
    starts_on: date
    ends_on: date
    key: str
    zh: str
    en: str


@dataclass(frozen=True)
class FeedState:
    """How a watched feed stands at a moment: the worst of its lacks, and all of them."""

    source: str
    state: State
    newest_on: date | None
    lacks: tuple[Lack, ...]
    used: tuple[str, ...]  # the deliveries in use
    days: FeedDays


def feed_states(city: City, lake: Path, ledger: Sequence[Delivery], horizon: datetime) -> list[FeedState]:
    """Every source that is watched, as it stands at ``horizon`` (local time of the city)."""
    found = []
    for source in city.sources.values():
        if not source.watch.is_watching:
            continue
        mine = in_order(d for d in ledger if d.source == source.source and d.was_read)
        days = feed_days(lake, source, mine)
        used = [d for d in mine if d.state == "accepted"]
        ids = tuple(d.delivery_id for d in used)
        newest = days.newest(ids, horizon.date())
        lacks = [*_stopped(source, mine, used, days), *_due(city, source, mine, used, days, horizon)]
        stale = _stale(source, newest, horizon.date())
        everything = (*lacks, *([stale] if stale else []))
        worst: State = max((lack.state for lack in everything), key=ORDER.index, default="good")
        found.append(FeedState(source.source, worst, newest, everything, ids, days))
    return found


def late_feeds(
    city: City, lake: Path, ledger: Sequence[Delivery], periods: Iterable[Period], horizon: datetime
) -> pl.DataFrame:
    """The units (LATE_SCHEMA, one row per period and unit) that are not ranked because a feed of theirs is late.

    A lack holds back the units that the feed names, those listed under ``watch.units`` and all above them, in every
    period that shares a day with it. Empty where no source is watched.
    """
    rows: list[tuple[str, str, str, str, str]] = []  # period, source, state, zh, en
    units: list[tuple[str, str]] = []
    above = _above(city)
    periods = list(periods)
    for feed in feed_states(city, lake, ledger, horizon):
        source = city.sources[feed.source]
        named = feed.days.units | set(source.watch.units)
        units += [(feed.source, unit) for unit in {top for one in named for top in above.get(one, ())}]
        blocking = [lack for lack in feed.lacks if lack.state in ("awaited", "late", "stopped")]
        for lack in blocking:
            rows += [
                (period.name, feed.source, lack.state, lack.zh, lack.en)
                for period in periods
                if period.starts_on <= lack.ends_on and lack.starts_on <= period.ends_on
            ]
        rows += _stale_periods(source, feed.used, feed.days, periods, horizon)
    schema = {"period": pl.String, "source": pl.String, "state": pl.String, "zh": pl.String, "en": pl.String}
    lacking = pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)
    holders = pl.DataFrame(units, schema={"source": pl.String, "unit_code": pl.String}, orient="row").unique()
    rank = pl.col("state").replace_strict({state: at for at, state in enumerate(ORDER)}, return_dtype=pl.Int64)
    return (
        lacking.join(holders, on="source")
        .with_columns(rank.alias("rank"))
        .sort("period", "unit_code", "rank", "source", "zh", descending=[False, False, True, False, False])
        .group_by("period", "unit_code", maintain_order=True)
        .agg(
            pl.col("state").first(),
            pl.col("source").unique(maintain_order=True).str.join(", ").alias("sources"),
            pl.col("zh").first(),
            pl.col("en").first(),
        )
        .select(
            "period",
            "unit_code",
            "state",
            "sources",
            pl.format("数据未按时报送（{}）", "zh").alias("reason_zh"),
            pl.format("feed late ({})", "en").alias("reason_en"),
        )
        .cast(dict(LATE_SCHEMA))  # type: ignore[arg-type]
    )


def _stopped(source: Source, mine: list[Delivery], used: list[Delivery], days: FeedDays) -> Iterator[Lack]:
    """A stopped delivery owes the days that it would have brought beyond those before it.

    It owes nothing any more where a person decided to keep it out, or a later file of the same name is in use.
    """
    title = source.title
    for delivery in mine:
        if delivery.state != "stopped" or delivery.decision == "keep_out":
            continue
        if any(d.file == delivery.file and moment_of(d)[0] >= moment_of(delivery)[0] for d in used):
            continue
        before = days.newest([d.delivery_id for d in used if moment_of(d) < moment_of(delivery)])
        last = days.newest([delivery.delivery_id]) or moment_of(delivery)[0].date()
        first = min(before + timedelta(days=1), last) if before is not None else last
        yield Lack(
            source.source,
            "stopped",
            first,
            last,
            delivery.delivery_id,
            f"{title.zh}：批次 {delivery.file} 已拦停",
            f"{title.en}: {delivery.file} is stopped",
        )


def _due(
    city: City, source: Source, mine: list[Delivery], used: list[Delivery], days: FeedDays, horizon: datetime
) -> Iterator[Lack]:
    """The periods that have ended and for which no delivery in use has come, from the feed's first delivery on."""
    due = source.watch.due
    if due is None:
        return
    begun = [days.newest([d.delivery_id]) or moment_of(d)[0].date() for d in (used or mine)]
    current = containing(due.every, horizon.date())
    last = current if current.ends_at <= horizon else current.previous()
    first = max(min(begun), city.settings.evaluates_from) if begun else last.ends_on
    settled = [*used, *(d for d in mine if d.decision == "keep_out")]
    come = {name for d in settled for name in _brought(city, source, d, days)}
    for expected in series(due.every, first, last.ends_on):
        if expected.name in come:
            continue
        until = expected.ends_on + timedelta(days=due.within_days)
        is_late = horizon.date() > until
        yield Lack(
            source.source,
            "late" if is_late else "awaited",
            expected.starts_on,
            expected.ends_on,
            expected.name,
            f"{source.title.zh}：{expected.label_zh}数据应于 {until} 前报送" + ("" if is_late else "，尚未到齐"),
            f"{source.title.en}: {expected.name} was due by {until}"
            if is_late
            else f"{source.title.en}: {expected.name} has not come yet, it is due by {until}",
        )


def _brought(city: City, source: Source, delivery: Delivery, days: FeedDays) -> set[str]:
    """The names of the periods for which ``delivery`` is the one expected: it was extracted after their last day (the
    last of them needs no records: there may have been none), or nobody tells when, and it holds records of them.

    An extract taken before a period's last day is not the one expected, whatever it holds. A time of extraction that
    lies before the delivery's own records tells nothing. The same bytes under several names were extracted as often.
    """
    every = source.watch.due.every if source.watch.due is not None else "month"
    mine = days.days.get(delivery.delivery_id, ())
    held = {period.name: period for period in (containing(every, day) for day in mine)}
    told = [delivery.extracted_at, *(told_extraction(city, source, name) for name in delivery.also)]
    taken = [moment.date() for moment in told if moment is not None]
    if not taken or (mine and mine[-1] > max(taken)):
        return set(held)
    brought = {period.name for period in held.values() if period.ends_on <= max(taken)}
    for day in taken:
        current = containing(every, day)
        brought.add((current if day >= current.ends_on else current.previous()).name)
    return brought


def _stale(source: Source, newest: date | None, on: date) -> Lack | None:
    """What the age of the newest record says on a day."""
    levels = source.watch.stale_days
    if levels is None or newest is None:
        return None
    age = (on - newest).days
    levelled: tuple[tuple[State, int | None], ...] = (("stale", levels.stop), ("old", levels.warn))
    for state, limit in levelled:
        if limit is not None and age > limit:
            return Lack(
                source.source,
                state,
                newest + timedelta(days=1),
                on,
                f"{state}-{newest}",
                f"{source.title.zh}：最新记录为 {newest}，已过 {age} 天",
                f"{source.title.en}: its newest record is of {newest}, {age} days old",
            )
    return None


def _stale_periods(
    source: Source, used: Iterable[str], days: FeedDays, periods: list[Period], horizon: datetime
) -> list[tuple[str, str, str, str, str]]:
    """The periods at whose end (or now, where that is earlier) the feed's newest record was older than it may be.

    A period before the feed's first record is not judged.
    """
    found = []
    for period in periods:
        on = min(period.ends_on, horizon.date())
        lack = _stale(source, days.newest(used, on), on)
        if lack is not None and lack.state == "stale":
            found.append((period.name, source.source, "stale", lack.zh, lack.en))
    return found


def _above(city: City) -> dict[str, tuple[str, ...]]:
    """Each unit with itself and all above it."""
    parents = dict(city.reference["units"].select("unit_code", "parent_code").iter_rows())
    chains: dict[str, tuple[str, ...]] = {}
    for unit in parents:
        chain, here = [], unit
        while here is not None:
            chain.append(here)
            here = parents.get(here)
        chains[unit] = tuple(chain)
    return chains
