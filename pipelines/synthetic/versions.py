"""What an extract taken at a moment says of each case: only what had happened by then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.synthetic.clock import NEVER
from pipelines.synthetic.settings import World
from pipelines.synthetic.texts import summaries, telephones
from pipelines.synthetic.timeline import Part
from pipelines.synthetic.volume import draw

ANSWERS = ("满意", "基本满意", "不满意", "未评价", None)
PREFIX = {"hotline": "RX", "grid": "AJ"}
INTAKES = {
    "hotline": (("phone", 0.7), ("web", 0.1), ("app", 0.11), ("wechat", 0.09)),
    "grid": (("patrol", 0.72), ("public", 0.16), ("video", 0.12)),
}
POSTS = {  # post → first letter and number of its codes
    "collector_code": ("C", 24),
    "acceptor_code": ("A", 12),
    "shift_leader_code": ("L", 6),
    "dispatcher_code": ("P", 10),
}


@dataclass
class Story:
    """A part, its columns that never change, and every moment at which an extract changes."""

    part: Part
    facts: pl.DataFrame
    changes: np.ndarray  # events × cases

    @classmethod
    def of(cls, world: World, rng: np.random.Generator, part: Part) -> Story:
        return cls(part, _facts(world, rng, part), np.stack(part.moments))

    def updated(self, cutoff: int) -> np.ndarray:
        """The last change of each case up to ``cutoff`` (every case is reported, so there is one, or -1)."""
        return np.asarray(np.where(self.changes <= cutoff, self.changes, -1).max(axis=0, initial=-1))


def _facts(world: World, rng: np.random.Generator, part: Part) -> pl.DataFrame:
    n = part.number
    codes = pl.Series(world.unit_codes, dtype=pl.String)
    units = world.city.reference["units"]
    names = pl.Series(units.sort("unit_code")["name_zh"].to_list(), dtype=pl.String)  # in the order of unit_codes
    is_placed = pl.Series(part.area >= 0)
    area = np.maximum(part.area, 0)
    kinds, shares = zip(*INTAKES[part.channel], strict=True)
    intake = pl.Series("intake", kinds)[draw(rng, np.array(shares), n)]
    stem = f"{PREFIX[part.channel]}{world.months[part.month].first:%Y%m}"
    frame = pl.DataFrame(
        {
            "serial": part.serial,
            "original": part.duplicate_of,
            "intake": intake,
            "category_code": world.limits(part.channel)["category_code"][part.category],
            "area_code": codes[area],
            "unit_code": codes[part.unit],
            "street": names[area],
        }
    ).with_columns(
        case_id=pl.lit(stem) + pl.col("serial").cast(pl.String).str.zfill(7),
        duplicate_of=pl.when(pl.col("original") >= 0).then(
            pl.lit(stem) + pl.col("original").cast(pl.String).str.zfill(7)
        ),
        area_code=pl.when(is_placed).then(pl.col("area_code")),
        street=pl.when(is_placed).then(pl.col("street")),
    )
    rate = world.settings.personal_text_rate if part.channel == "hotline" else 0.0
    frame = frame.with_columns(summaries(rng, frame["street"], rate).alias("summary")).drop(
        "street", "serial", "original"
    )
    if part.channel == "hotline":
        return frame.with_columns(telephones(rng, n).alias("reporter_key"))
    # a made-up sea position: the map must not point at real streets
    longitude = 123.0 + (area % 6) * 0.03 + rng.uniform(0, 0.03, n)
    latitude = 29.5 + (area // 6 % 6) * 0.03 + rng.uniform(0, 0.03, n)
    is_event = pl.Series(rng.random(n) < 0.7)
    return frame.with_columns(
        pl.when(is_event).then(pl.lit("event")).otherwise(pl.lit("component")).alias("case_class"),
        (pl.col("intake") != "public").alias("is_proactive"),
        pl.when(is_placed).then(pl.Series(np.round(longitude, 6))).alias("longitude"),
        pl.when(is_placed).then(pl.Series(np.round(latitude, 6))).alias("latitude"),
        *(
            (pl.lit(letter) + pl.Series(rng.integers(1, size + 1, n)).cast(pl.String).str.zfill(3)).alias(name)
            for name, (letter, size) in POSTS.items()
        ),
    )


def extract(story: Story, rows: np.ndarray, updated: np.ndarray, cutoff: int) -> pl.DataFrame:
    """The cases at positions ``rows`` as an extract of ``cutoff`` shows them, in canonical columns and values.

    ``updated`` holds the last change of each of these rows.
    """
    p = story.part

    def at(moments: np.ndarray) -> np.ndarray:
        mine = moments[rows]
        return np.where(mine <= cutoff, mine, NEVER)

    accepted, dispatched, closed, cancelled = at(p.accepted), at(p.dispatched), at(p.closed), at(p.cancelled)
    due = np.where(at(p.due_changed) < NEVER, p.due_later[rows], p.due[rows])
    due = np.where((dispatched < NEVER) & p.is_due_given[rows], due, NEVER)
    shown = shown_handling([at(x) for x in p.handled], [at(x) for x in p.failed])
    handled = np.where(p.is_handling_unknown[rows], NEVER, shown)
    rework = np.sum([at(x) < NEVER for x in p.failed], axis=0, dtype=np.int64)
    is_invalid, registered = p.is_invalid[rows] & (accepted < NEVER), at(p.registered)
    is_double = (p.duplicate_of[rows] >= 0) & (accepted < NEVER)
    is_parked = (at(p.suspended) < NEVER) & (at(p.resumed) == NEVER)
    answers = pl.Series(ANSWERS, dtype=pl.String)[np.where(at(p.answered) < NEVER, p.answer[rows], len(ANSWERS) - 1)]
    status = np.select(
        [
            is_double, is_invalid, cancelled < NEVER, closed < NEVER, is_parked, shown < NEVER, dispatched < NEVER,
            accepted < NEVER,
        ],
        [0, 1, 2, 3, 4, 5, 6, 7],
        8,
    )  # fmt: skip
    statuses = pl.Series(["重复归并", "不予受理", "已作废", "已结案", "挂账", "待核查", "处置中", "待派遣", "待受理"])
    columns = {
        "reported_at": p.reported[rows], "accepted_at": accepted, "registered_at": registered,
        "dispatched_at": dispatched, "due_at": due, "handled_at": handled, "verified_at": at(p.verified),
        "closed_at": closed, "cancelled_at": cancelled, "updated_at": updated,
    }  # fmt: skip
    return story.facts[rows].with_columns(
        *(moment_series(name, values) for name, values in columns.items()),
        pl.Series("rework_count", rework),
        pl.Series("return_count", np.where(dispatched < NEVER, p.returns[rows], 0)),
        pl.Series("is_missed_report", p.is_missed[rows] & (registered < NEVER)),
        pl.Series("extension_count", (p.is_extended[rows] & (at(p.due_changed) < NEVER)).astype(np.int64)),
        pl.Series("is_valid", ~is_invalid),
        pl.when(pl.Series(is_double)).then(pl.col("duplicate_of")).alias("duplicate_of"),
        answers.alias("satisfaction"),
        statuses[status].alias("status"),
    )


def suspensions(story: Story, after: int, cutoff: int) -> pl.DataFrame:
    """Suspensions that began or ended after ``after`` and up to ``cutoff``, as an extract of ``cutoff`` shows them."""
    p = story.part
    started = p.suspended
    ended = np.where(p.resumed <= cutoff, p.resumed, NEVER)
    changed = np.where(ended < NEVER, ended, started)
    rows = np.flatnonzero((changed > after) & (changed <= cutoff))
    return story.facts[rows].select(
        "case_id",
        pl.when(pl.Series(p.is_deferral[rows])).then(pl.lit("deferral")).otherwise(pl.lit("suspension")).alias("kind"),
        moment_series("started_at", started[rows]),
        moment_series("ended_at", ended[rows]),
        pl.lit("指挥中心值班长").alias("approved_by"),
        moment_series("updated_at", changed[rows]),
    )


def shown_handling(handled: list[np.ndarray], failed: list[np.ndarray]) -> np.ndarray:
    """The handling that stands: the last one that no failed re-inspection has undone; NEVER where there is none."""
    stands = handled[0]
    for back, again in zip(failed, handled[1:], strict=True):
        stands = np.where(back < NEVER, again, stands)
    return stands


def moment_series(name: str, moments: np.ndarray) -> pl.Series:
    """Local seconds as naive timestamps; NEVER becomes null."""
    known = moments < NEVER
    series = pl.Series(name, np.where(known, moments, 0) * 1_000_000).cast(pl.Datetime("us"))
    return series.set(pl.Series(~known), None) if not known.all() else series
