"""Third-party checks in score style and campaigns with yearly targets: shop fronts by grade of road, trading indoors,
public-service advertisements, area swept by machine, illegal construction removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.feeds import CsvFeed, as_delivered
from pipelines.synthetic.quality import Quality
from pipelines.synthetic.settings import Month, World
from pipelines.synthetic.truth import Truth

STREAM = 905
FRONTAGE = (("frontage_banned", 0.97, 40), ("frontage_controlled", 0.93, 60), ("frontage_ordinary", 0.88, 80))
CHECKS = (("trading_indoors", 0.82, 300), ("public_ads", 0.31, 120), ("third_party", 0.9, 200))
SWEPT = 4_600_000  # square metres of road cleaned in a district in a month; the machine sweeps most of them
REMOVED, TARGET = 4_000, 45_000  # square metres of illegal construction: a district's month, its year
TARGETS = (
    ("output_illegal_construction", TARGET),
    ("inspection_score_rate_trading_indoors", 0.8),
    ("inspection_score_rate_public_ads", 0.3),
    ("mechanised_sweeping_rate", 0.98),
    ("rectification_on_time_rate", 0.95),
    ("satisfaction_rate", 0.85),
)
# Of the whole city, beside the figures on its overview: indicator, target, direction.
CITY_TARGETS = (
    ("on_time_closure_rate", 0.9, "up"),
    ("closure_rate", 0.98, "up"),
    ("satisfaction_rate", 0.85, "up"),
    ("rework_rate", 0.06, "down"),
)
BASIS = "示例目标，见 cities/demo/schemes/districts_campaigns.yaml"


def write_campaigns(world: World, quality: Quality, out: Path, truth: Truth) -> None:
    """One file of scores and two of work per month, one of targets per year, below ``out``/<source>/."""
    scores, work, swept, targets = (
        open_feed(world, out, source, stem)
        for source, stem in (
            ("inspection_scores", "检查评分"),
            ("demolition", "违建拆除"),
            ("sweeping_areas", "机扫面积"),
            ("targets", "年度目标"),
        )
    )
    for month in world.months:
        rng = np.random.default_rng(np.random.SeedSequence([world.settings.seed, STREAM, month.index]))
        write_rows(scores, month.label, pl.DataFrame(list(_scores(world, quality, rng, month))), truth)
        write_rows(work, month.label, pl.DataFrame(list(_removed(world, rng, month))), truth)
        write_rows(swept, month.label, pl.DataFrame(list(_swept(world, rng, month))), truth)
    for year in sorted({month.first.year for month in world.months}):
        wanted = [(unit, name, target, "up") for unit in world.units("district") for name, target in TARGETS]
        wanted += [(unit, *target) for unit in world.units("city") for target in CITY_TARGETS]
        rows = [
            {"period": str(year), "unit_code": unit, "indicator": name, "target": target, "direction": direction}
            | {"source": BASIS}
            for unit, name, target, direction in wanted
        ]
        write_rows(targets, str(year), pl.DataFrame(rows, schema_overrides={"target": pl.Float64}), truth)


def open_feed(world: World, out: Path, source: str, stem: str) -> CsvFeed:
    """A feed whose files lie below ``out``/<source>/."""
    (out / source).mkdir(parents=True, exist_ok=True)
    return CsvFeed(world.city.sources[source], out / source, stem)


def write_rows(feed: CsvFeed, label: str, frame: pl.DataFrame, truth: Truth) -> None:
    """A file of ``frame``, every row of which the door should accept."""
    feed.append(label, as_delivered(feed.source, frame))
    truth.add_file(feed.source.source, feed.name(label), frame.height, 0, 0)


def _scores(world: World, quality: Quality, rng: np.random.Generator, month: Month) -> Iterator[dict[str, object]]:
    """Of so many looked at, so many as they should be; the better a street, the more of its shop fronts are."""
    skill = dict(zip(world.units("street"), quality.punctuality[world.positions("street")], strict=True))
    checked = [(unit, FRONTAGE, 0.02 * (skill[unit] - 1.35)) for unit in world.units("street")]
    checked += [(unit, CHECKS, 0.0) for unit in world.units("district")]
    for unit, items, better in checked:
        for item, share, number in items:
            good = int(rng.binomial(number, min(max(share + better, 0.0), 1.0)))
            yield {
                "round_id": f"P{month.first:%Y%m}",
                "unit_code": unit,
                "item_code": item,
                "period": f"{month.first:%Y-%m}",
                "score": good,
                "full_score": number,
                "sample_size": number,
            }


def _removed(world: World, rng: np.random.Generator, month: Month) -> Iterator[dict[str, object]]:
    for at, unit in enumerate(world.units("district"), 1):
        yield {
            "operation_id": f"CC{month.first:%Y%m}{at:02d}",
            "unit_code": unit,
            "operated_on": (month.first + timedelta(days=int(rng.integers(0, 28)))).isoformat(),
            "measure": "illegal_construction",
            "actual": int(REMOVED * rng.uniform(0.6, 1.4)),
            "unit_of_measure": "平方米",
        }


def _swept(world: World, rng: np.random.Generator, month: Month) -> Iterator[dict[str, object]]:
    """The area cleaned in each district, and how much of it by machine: around 98 in 100."""
    for at, unit in enumerate(world.units("district"), 1):
        area = int(SWEPT * rng.uniform(0.9, 1.1))
        by_machine = int(area * rng.uniform(0.968, 0.992))
        for letter, measure, done in (("A", "cleaned_area", area), ("M", "mechanised_area", by_machine)):
            yield {
                "operation_id": f"JS{month.first:%Y%m}{at:02d}{letter}",
                "unit_code": unit,
                "area_code": unit,
                "operated_on": month.first.isoformat(),
                "measure": measure,
                "planned": area,
                "actual": done,
                "unit_of_measure": "平方米",
            }
