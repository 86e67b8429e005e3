"""Rounds of third-party inspection and exposures by the media."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.clock import DAY, HOUR, NEVER, seconds
from pipelines.synthetic.feeds import STAMP, CsvFeed, as_delivered, write_workbook
from pipelines.synthetic.operations import contractor_of
from pipelines.synthetic.quality import Quality
from pipelines.synthetic.settings import Month, World
from pipelines.synthetic.truth import Truth
from pipelines.synthetic.versions import moment_series
from pipelines.synthetic.volume import draw

FINDINGS_STREAM, EXPOSURES_STREAM = 903, 904
ITEMS = (("HW01", 2), ("HW02", 3), ("HW03", 5), ("SR01", 2), ("SR02", 5), ("SZ01", 3), ("YL01", 2))  # code, tenths each
LEVELS = (("city", 0.7, 5), ("province", 0.25, 10), ("national", 0.05, 30))  # level, share, points in tenths
TITLES = ("道路积水无人处置", "垃圾堆放影响通行", "占道经营反复回潮", "施工扬尘扰民", "公厕管理不到位", "绿化带破损")


def write_findings(world: World, quality: Quality, folder: Path, truth: Truth) -> None:
    """One workbook per monthly round; a finding is charged to a street, a contractor or a squad."""
    source = world.city.sources["findings"]
    folder.mkdir(parents=True, exist_ok=True)
    for month in world.months:
        rng = np.random.default_rng(np.random.SeedSequence([world.settings.seed, FINDINGS_STREAM, month.index]))
        frame = _findings(world, quality, rng, month)
        name = f"检查问题_第{month.index + 1:02d}轮_{month.label}.xlsx"
        delivered = as_delivered(source, frame).with_columns(pl.selectors.temporal().dt.strftime(STAMP))
        write_workbook(folder / name, source, [delivered])
        truth.add_file(source.source, name, frame.height, 0, 0)


def _findings(world: World, quality: Quality, rng: np.random.Generator, month: Month) -> pl.DataFrame:
    streets, squads = world.positions("street"), world.positions("squad")
    # the worse a street, the more is found there
    found = rng.poisson(np.clip(5.0 - 1.8 * (quality.punctuality[streets] - 1.35), 1.0, 10.0))
    area = np.repeat(streets, found)
    n = len(area)
    codes = world.unit_codes
    serves = contractor_of(world)
    item = rng.integers(0, len(ITEMS), n)
    kind = rng.random(n)
    squad = squads[rng.integers(0, len(squads), n)]
    units = [
        codes[a] if k < 0.5 else (serves[codes[a]] if k < 0.8 else codes[s])
        for a, k, s in zip(area, kind, squad, strict=True)
    ]
    start = month.cutoff - 25 * DAY
    inspected = np.sort(start - start % DAY + rng.integers(0, 20, n) * DAY + rng.integers(8 * HOUR, 18 * HOUR, n))
    due = inspected + 3 * DAY
    rectified = inspected + (rng.lognormal(0.5, 0.6, n) * DAY).astype(np.int64)
    rechecked = rectified + rng.integers(HOUR, 2 * DAY, n)
    quantity = rng.integers(1, 4, n)
    return pl.DataFrame(
        {
            "finding_id": [f"WT{month.first:%Y%m}{i:05d}" for i in range(1, n + 1)],
            "round_id": [f"R{month.first:%Y%m}"] * n,
            "inspector_org": ["第三方测评机构（合成）"] * n,
            "unit_code": units,
            "area_code": [codes[a] for a in area],
            "item_code": [ITEMS[i][0] for i in item],
            "quantity": quantity,
            "points_deducted": np.round(quantity * np.array([tenths for _, tenths in ITEMS])[item] / 10, 1),
        }
    ).with_columns(
        moment_series("inspected_at", inspected),
        moment_series("rectify_due_at", due),
        moment_series("rectified_at", np.where(rectified <= month.cutoff, rectified, NEVER)),
        moment_series("rechecked_at", np.where(rechecked <= month.cutoff, rechecked, NEVER)),
    )


def write_exposures(world: World, folder: Path, truth: Truth) -> None:
    """One file per month with a handful of exposures of departments and streets."""
    source = world.city.sources["exposures"]
    folder.mkdir(parents=True, exist_ok=True)
    feed = CsvFeed(source, folder, "媒体曝光")
    units = [*world.units("department"), *world.units("street"), *world.units("squad")]
    for month in world.months:
        rng = np.random.default_rng(np.random.SeedSequence([world.settings.seed, EXPOSURES_STREAM, month.index]))
        n = 1 + int(rng.poisson(4))
        level = draw(rng, np.array([share for _, share, _ in LEVELS]), n)
        days = (month.cutoff - _first_second(month)) // DAY + 1
        frame = pl.DataFrame(
            {
                "exposure_id": [f"BG{month.first:%Y%m}{i:03d}" for i in range(1, n + 1)],
                "published_on": moment_series("", _first_second(month) + np.sort(rng.integers(0, days, n)) * DAY),
                "level": [LEVELS[i][0] for i in level],
                "unit_code": [units[i] for i in rng.integers(0, len(units), n)],
                "title": [TITLES[i] for i in rng.integers(0, len(TITLES), n)],
                "points": [LEVELS[i][2] / 10 for i in level],
            }
        ).with_columns(pl.col("published_on").cast(pl.Date))
        feed.append(month.label, as_delivered(source, frame))
        truth.add_file(source.source, feed.name(month.label), n, 0, 0)


def _first_second(month: Month) -> int:
    return seconds(datetime.combine(month.first, time()))
