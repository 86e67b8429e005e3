"""The true figures, counted from the events themselves; no code is shared with the warehouse, so the two can differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.clock import HOUR, NEVER
from pipelines.synthetic.settings import World
from pipelines.synthetic.timeline import Part
from pipelines.synthetic.versions import ANSWERS, shown_handling

UNALLOCATED = "unallocated"
SATISFIED, EVALUATED = ("满意", "基本满意"), ("满意", "基本满意", "不满意")
KEYS = ["unit", "area", "channel", "month", "measure"]


@dataclass
class Truth:
    """Collects counts part by part; ``write`` rolls them up to ancestors."""

    world: World
    counts: list[pl.DataFrame] = field(default_factory=list)
    posts: list[pl.DataFrame] = field(default_factory=list)
    operations: list[pl.DataFrame] = field(default_factory=list)
    door: list[dict[str, object]] = field(default_factory=list)
    dirty: list[pl.DataFrame] = field(default_factory=list)

    def add_cases(self, part: Part) -> None:
        """Count a part as of the city's as-of moment A."""
        a = self.world.as_of

        def known(moment: np.ndarray) -> np.ndarray:
            return np.where(moment <= a, moment, NEVER)

        dispatched, closed = known(part.dispatched), known(part.closed)
        handled = shown_handling([known(x) for x in part.handled], [known(x) for x in part.failed])
        handled = np.where(part.is_handling_unknown, NEVER, handled)
        due = np.where(known(part.due_changed) < NEVER, part.due_later, part.due)
        due = np.where(dispatched < NEVER, due, NEVER)
        has_due = due < NEVER

        is_double = (part.duplicate_of >= 0) & (known(part.accepted) < NEVER)
        is_invalid = part.is_invalid & (known(part.accepted) < NEVER)
        is_cancelled = ~is_double & (known(part.cancelled) < NEVER)
        counts_at_all = ~is_double & ~is_invalid & ~is_cancelled
        is_closed = closed < NEVER
        is_parked = (known(part.suspended) < NEVER) & (known(part.resumed) == NEVER) & ~is_closed

        settled = np.where(is_closed, np.minimum(closed, due), np.where(due < a, due, NEVER))
        is_due = counts_at_all & has_due & (settled < NEVER) & ~is_parked
        answer = np.where(known(part.answered) < NEVER, part.answer, len(ANSWERS) - 1)
        is_satisfied = np.isin(answer, [ANSWERS.index(x) for x in SATISFIED])
        is_evaluated = np.isin(answer, [ANSWERS.index(x) for x in EVALUATED])
        rework = np.stack([known(x) < NEVER for x in part.failed]).sum(axis=0)
        registered = known(part.registered)
        one = np.ones(part.number, dtype=np.int64)
        for measure, chosen, moment, number in (
            ("reported", counts_at_all, part.reported, one),
            ("registered", (counts_at_all | is_cancelled) & (registered < NEVER), registered, one),
            ("cancelled", is_cancelled, part.reported, one),
            ("invalid", ~is_double & ~is_cancelled & is_invalid, part.reported, one),
            ("not_closed", counts_at_all & ~is_closed, part.reported, one),
            ("no_deadline", counts_at_all & ~has_due, part.reported, one),
            ("duplicates", is_double, part.reported, one),
            ("due_to_close", is_due, settled, one),
            ("closed", is_due & is_closed, settled, one),
            ("closed_on_time", is_due & is_closed & (handled <= due) & (handled < NEVER), settled, one),
            ("closed_overdue", is_due & is_closed & (handled > due) & (handled < NEVER), settled, one),
            ("overdue_open", is_due & ~is_closed, settled, one),
            ("reworked", is_due, settled, rework),
            ("evaluated", counts_at_all & is_closed & is_evaluated, closed, one),
            ("satisfied", counts_at_all & is_closed & is_satisfied, closed, one),
        ):
            self._count(part, measure, chosen, moment, number)

    def add_posts(self, part: Part, codes: pl.DataFrame) -> None:
        """Count what each post did with the cases of a part; ``codes`` names their posts, where the feed does."""
        if "collector_code" not in codes.columns:
            return
        a = self.world.as_of
        accepted, cancelled = part.accepted <= a, part.cancelled <= a
        is_double, is_invalid = (part.duplicate_of >= 0) & accepted, part.is_invalid & accepted & ~cancelled
        counts = ~is_double & ~is_invalid & ~cancelled
        for post, measure, chosen, moment in (
            ("collector_code", "received", ~is_double, part.reported),
            ("collector_code", "valid_received", ~is_double & ~is_invalid, part.reported),
            ("collector_code", "missed_reports", counts & part.is_missed & (part.registered <= a), part.reported),
            ("acceptor_code", "accepted", ~is_double, part.accepted),
            ("shift_leader_code", "opened", counts | (cancelled & ~is_double), part.registered),
            ("shift_leader_code", "opened_rightly", counts, part.registered),
            ("dispatcher_code", "dispatched", counts | (cancelled & ~is_double), part.dispatched),
            # of those due to be dispatched, so at the earlier of the dispatch and its deadline: in limits.csv an hour,
            # where the category has limits at all
            (
                "dispatcher_code",
                "dispatched_rightly",
                counts & (part.returns == 0) & (part.dispatched <= a) & (part.due < NEVER),
                np.minimum(part.dispatched, part.registered + HOUR),
            ),
        ):
            mine = chosen & (moment <= a)
            frame = pl.DataFrame({"unit_code": codes[post].filter(pl.Series(mine)), "month": self._month(moment[mine])})
            self.posts.append(frame.group_by("unit_code", "month").len("value").with_columns(measure=pl.lit(measure)))

    def _count(self, part: Part, measure: str, chosen: np.ndarray, moment: np.ndarray, number: np.ndarray) -> None:
        frame = pl.DataFrame(
            {
                "unit": part.unit[chosen].astype(np.int64),
                "area": part.area[chosen].astype(np.int64),
                "month": self._month(moment[chosen]),
                "value": number[chosen],
            }
        )
        self.counts.append(
            frame.group_by("unit", "area", "month")
            .agg(pl.col("value").sum())
            .with_columns(channel=pl.lit(part.channel), measure=pl.lit(measure))
        )
        if len(self.counts) > 2_000:  # keeps a city of millions small
            self.counts = [pl.concat(self.counts).group_by(KEYS).agg(pl.col("value").sum())]

    def _month(self, moment: np.ndarray) -> np.ndarray:
        """The position of the month in which a moment lies."""
        starts = np.array([0, *(month.cutoff + 1 for month in self.world.months[:-1])])
        return (np.searchsorted(starts, moment, side="right") - 1).astype(np.int64)

    def add_operations(self, records: pl.DataFrame) -> None:
        """Final records: unit_code, area_code, operated_on, measure, planned_tenths, actual_tenths."""
        self.operations.append(records)

    def add_file(self, source: str, file: str, accepted: int, rejected: int, out_of_scope: int) -> None:
        """What the door should make of a file."""
        self.door.append(
            {
                "source": source, "file": file, "rows": accepted + rejected, "accepted": accepted,
                "rejected": rejected, "out_of_scope": out_of_scope,
            }
        )  # fmt: skip

    def add_dirt(self, source: str, file: str, tally: pl.DataFrame) -> None:
        """The dirty rows of a file, one row per kind and column."""
        self.dirty.append(tally.with_columns(source=pl.lit(source), file=pl.lit(file)))

    def case_counts(self) -> pl.DataFrame:
        """unit_code, period, channel (with 'all'), measure, value; units with their ancestors, zeros left out."""
        codes = [*self.world.unit_codes, UNALLOCATED]  # position -1 is the last
        base = pl.concat(self.counts).group_by(KEYS).agg(pl.col("value").sum())
        pairs = base.select("unit", "area").unique()
        charged = pl.DataFrame(
            [
                (unit, area, code)
                for unit, area in pairs.iter_rows()
                for code in {*self.world.ancestors[codes[unit]], *self.world.ancestors[codes[area]]}
            ],
            schema={"unit": pl.Int64, "area": pl.Int64, "unit_code": pl.String},
            orient="row",
        )
        periods = pl.DataFrame(
            {"month": [m.index for m in self.world.months], "period": [m.period for m in self.world.months]}
        )
        by_channel = base.join(charged, on=["unit", "area"]).join(periods, on="month")
        keys = ["unit_code", "period", "channel", "measure"]
        both = pl.concat([by_channel, by_channel.with_columns(channel=pl.lit("all"))])
        return both.group_by(keys).agg(pl.col("value").sum()).filter(pl.col("value") > 0).sort(keys)

    def post_counts(self) -> pl.DataFrame:
        """unit_code (a post), period, measure, value; zeros left out."""
        months = self.world.months
        periods = pl.DataFrame({"month": [m.index for m in months], "period": [m.period for m in months]})
        keys = ["unit_code", "period", "measure"]
        return pl.concat(self.posts).join(periods, on="month").group_by(keys).agg(pl.col("value").sum()).sort(keys)

    def operation_counts(self) -> pl.DataFrame:
        """unit_code, period, measure, planned, actual (decimals); contractors, areas and their ancestors."""
        records = pl.concat(self.operations).with_columns(period=pl.col("operated_on").dt.strftime("%Y-%m"))
        keys = ["unit_code", "area_code", "period", "measure"]
        base = records.group_by(keys).agg(pl.col("planned_tenths").sum(), pl.col("actual_tenths").sum())
        charged = pl.DataFrame(
            [
                (unit, area, code)
                for unit, area in base.select("unit_code", "area_code").unique().iter_rows()
                for code in {*self.world.ancestors[unit], *self.world.ancestors[area]}
            ],
            schema={"unit_code": pl.String, "area_code": pl.String, "counted": pl.String},
            orient="row",
        )
        return (
            base.join(charged, on=["unit_code", "area_code"])
            .group_by(pl.col("counted").alias("unit_code"), "period", "measure")
            .agg(
                (pl.col(f"{name}_tenths").sum() / 10).round(1).cast(pl.Decimal(18, 4)).alias(name)
                for name in ("planned", "actual")
            )
            .sort("unit_code", "period", "measure")
        )

    def write(self, folder: Path) -> None:
        """counts.parquet, posts.parquet, operations.parquet, door.parquet, dirty.parquet and a README.md."""
        folder.mkdir(parents=True, exist_ok=True)
        self.case_counts().write_parquet(folder / "counts.parquet")
        self.post_counts().write_parquet(folder / "posts.parquet")
        self.operation_counts().write_parquet(folder / "operations.parquet")
        pl.DataFrame(self.door).sort("source", "file").write_parquet(folder / "door.parquet")
        tally = pl.concat(self.dirty).group_by("source", "file", "kind", "column", "is_accepted")
        tally.agg(pl.col("rows").sum()).sort("source", "file", "kind", "column").write_parquet(folder / "dirty.parquet")
        (folder / "README.md").write_text(README, encoding="utf-8")


README = """# True figures of the synthetic city · 合成数据真值

Counted by the generator from its own events as of the city's as-of moment, not by the warehouse. Zeros are left out.

| file | one row per | columns |
|---|---|---|
| counts.parquet | unit, month, channel, measure | unit_code, period (YYYY-MM), channel (or all), measure, value |
| posts.parquet | post, month, measure | unit_code, period, measure, value |
| operations.parquet | unit, month, operation measure | unit_code, period, measure, planned, actual (decimal) |
| door.parquet | delivered file | source, file, rows (= accepted + rejected), accepted, rejected, out_of_scope |
| dirty.parquet | file, kind of dirty row, column | source, file, kind, column (of the contract), is_accepted, rows |

Units include every ancestor and `unallocated` (cases without an area). A case counts once for each of: its unit, its
area, the ancestors of either. Measures: reported, not_closed, registered (cases cancelled later included),
cancelled, invalid, no_deadline, duplicates, due_to_close, closed, closed_on_time, closed_overdue, overdue_open,
reworked, evaluated, satisfied. Rows delivered twice are accepted rows.
"""
