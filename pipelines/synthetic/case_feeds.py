"""The monthly extracts of hotline, grid and suspensions, written while the cases are made, part by part."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from pipelines.city.models import Source
from pipelines.synthetic.dirt import CASE_KINDS, soil
from pipelines.synthetic.feeds import CsvFeed, as_delivered
from pipelines.synthetic.settings import World
from pipelines.synthetic.truth import Truth
from pipelines.synthetic.versions import Story, extract, suspensions

IN_SCOPE, OUT_OF_SCOPE = "诉求办理", "其他"


@dataclass
class CaseFeeds:
    """Takes the parts in order of month. A case stands in the extract of every month in which it changed."""

    world: World
    truth: Truth
    feeds: dict[str, CsvFeed]  # by source: hotline, grid, suspensions
    accepted: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    out_of_scope: Counter[str] = field(default_factory=Counter)

    def add(self, rng: np.random.Generator, story: Story, *, is_first: bool) -> None:
        """Write every extract row of a part; ``is_first`` marks the first part of its month and channel."""
        channel, months = story.part.channel, self.world.months
        rows, after = np.arange(story.part.number), -1
        last_change = story.updated(self.world.as_of)
        for month in months[story.part.month :]:
            # once nothing more happens to a case, later extracts need not look at it
            rows = rows[last_change[rows] > after]
            changes = story.changes[:, rows]
            updated = np.where(changes <= month.cutoff, changes, -1).max(axis=0, initial=-1)
            mine = updated > after
            if mine.any():
                frame = extract(story, rows[mine], updated[mine], month.cutoff)
                if month.index == story.part.month:
                    self._write_first(rng, channel, month.index, frame, is_first)
                else:
                    self._write(channel, month.index, self._deliver(channel, frame))
            if channel == "grid":
                paused = suspensions(story, after, month.cutoff)
                self._write("suspensions", month.index, as_delivered(self.world.city.sources["suspensions"], paused))
            after = month.cutoff

    def finish(self, month: int) -> None:
        """Close the month's files; no part of a later month writes to them."""
        for source, feed in self.feeds.items():
            label = self.world.months[month].label
            if feed.path(label) not in feed.started:
                feed.append(label, as_delivered(feed.source, pl.DataFrame()).clear())
            feed.finish(label)
            name = feed.name(label)
            self.truth.add_file(source, name, self.accepted[name], self.rejected[name], self.out_of_scope[name])

    def _deliver(self, channel: str, frame: pl.DataFrame) -> pl.DataFrame:
        source = self.world.city.sources[channel]
        return as_delivered(source, frame, _scope(source, is_inside=True))

    def _write_first(
        self, rng: np.random.Generator, channel: str, month: int, frame: pl.DataFrame, is_first: bool
    ) -> None:
        """A part's own month: dirty rows and rows out of scope come with it."""
        source, settings = self.world.city.sources[channel], self.world.settings
        is_last = month == len(self.world.months) - 1
        soiled = soil(
            rng, source, self._deliver(channel, frame), CASE_KINDS, settings.dirty_rate,
            always=month if is_first else None, may_withhold=not is_last,
        )  # fmt: skip
        self._write(channel, month, soiled.clean)
        good, bad = soiled.outcome
        self._write(channel, month, soiled.dirty, accepted=good, rejected=bad)
        name = self.feeds[channel].name(self.world.months[month].label)
        self.truth.add_dirt(channel, name, soiled.tally)
        if soiled.withheld.height:
            self._write(channel, month + 1, soiled.withheld)
        if source.only_rows:
            number = max(int(settings.out_of_scope_rate * frame.height), 1)
            outside = frame.head(number).with_columns(
                ("WX" + pl.col("case_id").str.slice(2)).alias("case_id"),
                pl.lit(None, pl.String).alias("unit_code"),
            )
            rows = as_delivered(source, outside, _scope(source, is_inside=False))
            self._write(channel, month, rows, accepted=0, out_of_scope=rows.height)

    def _write(
        self, feed: str, month: int, rows: pl.DataFrame, *, accepted: int | None = None, rejected: int = 0,
        out_of_scope: int = 0,
    ) -> None:  # fmt: skip
        if rows.is_empty():
            return
        label = self.world.months[month].label
        self.feeds[feed].append(label, rows)
        name = self.feeds[feed].name(label)
        self.accepted[name] += rows.height if accepted is None else accepted
        self.rejected[name] += rejected
        self.out_of_scope[name] += out_of_scope


def _scope(source: Source, *, is_inside: bool) -> dict[str, str | None]:
    """What the columns of the source's row filters say of a row inside or outside its scope.

    A filter on a mapped column is left to the row's own values.
    """
    mapped = {name for column in source.columns.values() for name in column.column}
    cells: dict[str, str | None] = {}
    for rule in source.only_rows:
        header = rule.column[0]
        if header in mapped:
            continue
        wanted = rule.equals or rule.contains or (rule.one_of or (None,))[0]
        if wanted is not None:
            cells[header] = wanted if is_inside else OUT_OF_SCOPE
        else:
            cells[header] = IN_SCOPE if is_inside else rule.not_contains
    return cells
