"""Sanitation work by contractor, street and day: planned and done; and the contracts that pay for it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.dirt import OPERATION_KINDS, soil
from pipelines.synthetic.feeds import CsvFeed, as_delivered, write_workbook
from pipelines.synthetic.quality import Quality
from pipelines.synthetic.settings import Month, World
from pipelines.synthetic.truth import Truth

STREAM = 902
MEASURES = (("sweeping", "公里", 60.0), ("collection", "吨", 45.0), ("attendance", "人次", 40.0))
TENTHS = ["planned_tenths", "actual_tenths"]


def contractor_of(world: World) -> dict[str, str]:
    """Which contractor serves a street: neighbours in the list of streets, an equal share each."""
    streets, contractors = world.units("street"), world.units("contractor")
    return {street: contractors[i * len(contractors) // len(streets)] for i, street in enumerate(streets)}


def write_operations(world: World, quality: Quality, folder: Path, truth: Truth) -> None:
    """One workbook per month; some records come again, corrected, in the next month's."""
    source = world.city.sources["operations"]
    folder.mkdir(parents=True, exist_ok=True)
    late_rate, dirty_rate = world.settings.late_correction_rate, world.settings.dirty_rate
    carried: list[pl.DataFrame] = []
    for month in world.months:
        rng = np.random.default_rng(np.random.SeedSequence([world.settings.seed, STREAM, month.index]))
        records = _records(world, quality, rng, month)
        is_last = month is world.months[-1]
        # first reported a tenth too low, put right a month later
        is_late = pl.Series((rng.random(records.height) < late_rate) & (not is_last))
        first_word = (pl.col("actual_tenths") * 9 // 10).alias("actual_tenths")
        # these stay clean: one withheld would come next month beside its own correction
        premature = as_delivered(source, _with_numbers(records.filter(is_late).with_columns(first_word)))
        rows = as_delivered(source, _with_numbers(records.filter(~is_late)))
        soiled = soil(rng, source, rows, OPERATION_KINDS, dirty_rate, always=month.index, may_withhold=not is_last)
        name = f"环卫作业_{month.label}.xlsx"
        sound = [*carried, soiled.clean, premature]
        write_workbook(folder / name, source, [*sound, soiled.dirty])
        good, bad = soiled.outcome
        truth.add_file(source.source, name, sum(frame.height for frame in sound) + good, bad, 0)
        truth.add_dirt(source.source, name, soiled.tally)
        truth.add_operations(records)
        carried = [as_delivered(source, _with_numbers(records.filter(is_late))), soiled.withheld]


def _records(world: World, quality: Quality, rng: np.random.Generator, month: Month) -> pl.DataFrame:
    """The final records of a month; amounts in tenths of the unit of measure."""
    streets = world.positions("street")
    serves = contractor_of(world)
    index = {code: i for i, code in enumerate(world.unit_codes)}
    codes = [world.unit_codes[i] for i in streets]
    contractors = np.array([index[serves[code]] for code in codes])
    size = 0.7 + 0.6 * np.abs(np.sin(np.arange(len(codes)) * 1.9)) + 0.3 * world.core_streets
    first = month.first
    days = [first + timedelta(days=i) for i in range((_after(first) - first).days)]
    day_off = np.array([0.85 if day.weekday() >= 5 else 1.0 for day in days])
    autumn = 1.0 + (0.12 if first.month in (10, 11, 12) else 0.0)
    shape = (len(days), len(codes))
    frames = []
    for measure, unit_of_measure, amount in MEASURES:
        usual = amount * size[None, :] * day_off[:, None] * (autumn if measure != "attendance" else 1.0)
        if measure == "attendance":
            planned = np.round(usual).astype(np.int64) * 10
        else:
            planned = np.round(usual * 10).astype(np.int64)
        done = np.clip(quality.completion[contractors][None, :] + rng.normal(0, 0.03, shape), 0.5, 1.06)
        done = np.where(rng.random(shape) < 0.006, done * 0.4, done)  # a breakdown, a storm
        if measure == "attendance":
            actual = np.minimum(np.round(planned / 10 * np.minimum(done, 1.0)).astype(np.int64) * 10, planned)
        else:
            actual = np.round(planned * done).astype(np.int64)
        day_list = [day for day in days for _ in codes]
        frames.append(
            pl.DataFrame(
                {
                    "unit_code": [world.unit_codes[i] for i in contractors] * len(days),
                    "area_code": codes * len(days),
                    "operated_on": day_list,
                    "measure": [measure] * len(day_list),
                    "planned_tenths": planned.ravel(),
                    "actual_tenths": actual.ravel(),
                    "unit_of_measure": [unit_of_measure] * len(day_list),
                }
            )
        )
    letter = pl.col("measure").str.slice(0, 1).str.to_uppercase()
    return (
        pl.concat(frames)
        .with_columns(
            operation_id=pl.concat_str(
                pl.lit("ZY"), pl.col("operated_on").dt.strftime("%Y%m%d"), pl.col("area_code"), letter
            )
        )
        .sort("operation_id")
    )


def _after(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def _with_numbers(records: pl.DataFrame) -> pl.DataFrame:
    return records.with_columns(
        (pl.col(name) / 10).round(1).alias(name.removesuffix("_tenths")) for name in TENTHS
    ).drop(TENTHS)


def write_contracts(world: World, folder: Path, truth: Truth) -> None:
    """One file with a contract for each contractor, and a renewal: the streets it serves and its monthly fee."""
    source = world.city.sources["contracts"]
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(np.random.SeedSequence([world.settings.seed, STREAM, 1_000]))
    served: dict[str, list[str]] = {}
    for street, contractor in contractor_of(world).items():
        served.setdefault(contractor, []).append(street)
    month = world.months[0]
    rows = [
        {
            "contract_id": f"HT{month.first:%Y}{at:02d}",
            "unit_code": unit,
            "area_codes": ";".join(streets),
            "monthly_fee_yuan": len(streets) * 100_000 + int(rng.integers(-8, 9)) * 5_000,
            "valid_from": date(month.first.year, 1, 1),
            "valid_to": date(month.first.year + 2, 12, 31),
            "scheme": "contractors_monthly",
        }
        for at, (unit, streets) in enumerate(served.items(), 1)
    ]
    # the last one is renewed within the last month, at a higher fee
    ends = world.months[-1].first.replace(day=15)
    old = rows[-1]
    rows[-1] = old | {"valid_to": ends}
    rows.append(
        old
        | {"contract_id": f"{old['contract_id']}X", "valid_from": ends + timedelta(days=1)}
        | {"monthly_fee_yuan": int(str(old["monthly_fee_yuan"])) + 20_000}
    )
    frame = pl.DataFrame(rows)
    feed = CsvFeed(source, folder, "环卫合同")
    feed.append(month.label, as_delivered(source, frame))
    truth.add_file(source.source, feed.name(month.label), frame.height, 0, 0)
