"""Columns that a mart's checks need and the mart does not hold: sums, ranks and ratios computed again.

Each function takes all frames and gives the named mart with helper columns added; figures are floats, good
for a comparison within a tolerance and for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

Frames = dict[str, pl.DataFrame]
GROUP = ["period", "scheme", "peer_group"]
UNIT = ["period", "scheme", "unit_code"]


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64)


def _rate_gap() -> pl.Expr:
    """How far the printed rate is from numerator ÷ denominator; null where either is missing."""
    whole = pl.when(_number("denominator") > 0).then(_number("denominator"))
    return (_number("rate") - _number("numerator") / whole).abs().alias("rate_gap")


def indicators(frames: Frames) -> pl.DataFrame:
    """Adds rate_gap, is_explained (a rate or a reason, never neither) and is_rate_of_something."""
    return frames["mart_indicators"].with_columns(
        _rate_gap(),
        (pl.col("rate").is_not_null() | pl.col("reason_code").is_not_null()).alias("is_explained"),
        (pl.col("rate").is_null() | (_number("denominator") > 0)).alias("is_rate_of_something"),
    )


def score_items(frames: Frames) -> pl.DataFrame:
    """Adds rate_gap, lost_gap (points lost beside what they should be) and is_explained."""
    lost = (
        pl.when(pl.col("part") == "penalty")
        .then(_number("points"))
        .when(pl.col("part") == "bonus")
        .then(_number("points") * 0)
        .otherwise(_number("full_marks") - _number("points"))
    )
    return frames["mart_score_items"].with_columns(
        _rate_gap(),
        (lost - _number("points_lost")).abs().alias("lost_gap"),
        (pl.col("points").is_not_null() | pl.col("reason_code").is_not_null()).alias("is_explained"),
    )


def ranks(frames: Frames) -> pl.DataFrame:
    """Adds rank_by_score, most_marks (with bonus), firsts_in_group, ranked_in_group, is_explained, score_gap."""
    frame = frames["mart_ranks"]
    ranked = pl.col("is_ranked").fill_null(value=False)
    score: pl.Expr = pl.when(ranked).then(_number("score"))
    if "is_lowest_best" in frame.columns:
        score = pl.when(pl.col("is_lowest_best")).then(-score).otherwise(score)
    bonus = _number("bonus_counted").fill_null(0) if "bonus_counted" in frame.columns else 0
    adjusted = (_number("adjusted_points") if "adjusted_points" in frame.columns else pl.lit(0.0)).fill_null(0)
    frame = frame.with_columns(
        adjusted.alias("adjusted"),
        score.rank("min", descending=True).over(GROUP).cast(pl.Int64).alias("rank_by_score"),
        (_number("full_marks") + bonus + adjusted.clip(lower_bound=0)).alias("most_marks"),
        ranked.sum().over(GROUP).cast(pl.Int64).alias("ranked_in_group"),
        (pl.col("rank") == 1).sum().over(GROUP).cast(pl.Int64).alias("firsts"),
        (ranked | pl.col("reason_code").is_not_null()).alias("is_explained"),
    ).with_columns(pl.when(pl.col("ranked_in_group") > 0).then(pl.col("firsts")).alias("firsts_in_group"))
    items = frames.get("mart_score_items")
    if items is None:
        return frame.with_columns(pl.lit(None, pl.Float64).alias("score_gap"))
    # A shared-out item moves marks between items; bonus, penalty and what appeals add have caps: the plain sum holds
    # without them.
    plain = pl.col("state") == "scored"
    if "part" in items.columns:
        plain &= pl.col("part") == "items"
    sums = items.group_by(UNIT).agg(_number("points").sum().alias("points"), plain.all().alias("is_plain"))
    expected = pl.col("points") + pl.col("adjusted")
    is_within = (pl.col("adjusted") == 0) | expected.is_between(0, _number("full_marks"))
    return frame.join(sums, on=UNIT, how="left").with_columns(
        pl.when(pl.col("is_plain") & is_within).then((_number("score") - expected).abs()).alias("score_gap")
    )


HELPERS: dict[str, Callable[[Frames], pl.DataFrame]] = {
    "mart_indicators": indicators,
    "mart_score_items": score_items,
    "mart_ranks": ranks,
}
