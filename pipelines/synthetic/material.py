"""Answers of residents, registers of evidence files, bonds: few rows, so that every form of a scheme shows a result."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.campaigns import open_feed, write_rows
from pipelines.synthetic.settings import Month, World
from pipelines.synthetic.truth import Truth
from pipelines.synthetic.volume import draw

STREAM = 907
ASKED = 25  # residents of a district in a month
ANSWERS = (("满意", 0.55), ("基本满意", 0.3), ("不满意", 0.1), ("不知道", 0.05))
EVIDENCE = ("civil_closure", "civil_satisfaction", "civil_public_ads")  # item codes of districts_civilised
LACKING = 0.12  # share of the files that were not handed in
INNOVATION, MOST = "innovation", 5  # item code of squads_yearly; files of a squad in a year, at most
BONDS = (("unit", 200_000, 100_000), ("personal", 5_000, 5_000))  # kind; yuan of a core street, of another


def write_material(world: World, out: Path, truth: Truth) -> None:
    """A file of answers per month, of evidence per quarter and year, of bonds per year, below ``out``/<source>/."""
    answers, evidence, bonds = (
        open_feed(world, out, source, stem)
        for source, stem in (("responses", "满意度问卷"), ("evidence", "佐证材料"), ("bonds", "保证金"))
    )
    quarters: dict[str, Month] = {}
    for month in world.months:
        rng = np.random.default_rng(np.random.SeedSequence([world.settings.seed, STREAM, month.index]))
        write_rows(answers, month.label, _answers(world, rng, month), truth)
        quarters[f"{month.first.year}-Q{(month.first.month + 2) // 3}"] = month  # its last month known
    rng = np.random.default_rng(np.random.SeedSequence([world.settings.seed, STREAM, 1_000]))
    for quarter, month in quarters.items():
        write_rows(
            evidence, f"{quarter}_{month.label[7:]}", pl.DataFrame(list(_files(world, rng, quarter, month))), truth
        )
    for year, month in {month.first.year: month for month in world.months}.items():
        rows = list(_innovations(world, rng, str(year), month))
        write_rows(evidence, f"{year}_{month.label[7:]}", pl.DataFrame(rows), truth)
        write_rows(bonds, str(year), _bonds(world, year), truth)


def _answers(world: World, rng: np.random.Generator, month: Month) -> pl.DataFrame:
    """What residents say of their district's cleanliness."""
    units = [unit for unit in world.units("district") for _ in range(ASKED)]
    given = draw(rng, np.array([share for _, share in ANSWERS]), len(units))
    return pl.DataFrame(
        {
            "response_id": [f"DJ{month.first:%Y%m}{at:04d}" for at in range(1, len(units) + 1)],
            "survey_id": [f"MYD{month.first:%Y%m}"] * len(units),
            "answered_on": [month.first + timedelta(days=int(day)) for day in rng.integers(0, 28, len(units))],
            "unit_code": units,
            "question_code": ["cleanliness"] * len(units),
            "answer": [ANSWERS[at][0] for at in given],
        }
    )


def _files(world: World, rng: np.random.Generator, quarter: str, month: Month) -> Iterator[dict[str, object]]:
    """A file for each item of each district; now and then one is lacking, always one of the first district's."""
    for unit in world.units("district"):
        for item in EVIDENCE:
            is_there = rng.random() >= LACKING
            if is_there and (unit, item) != (world.units("district")[0], EVIDENCE[-1]):
                yield _file(item, unit, quarter, 1, month)


def _innovations(world: World, rng: np.random.Generator, year: str, month: Month) -> Iterator[dict[str, object]]:
    for unit in world.units("squad"):
        for number in range(1, int(rng.integers(0, MOST + 1)) + 1):
            yield _file(INNOVATION, unit, year, number, month)


def _file(item: str, unit: str, period: str, number: int, month: Month) -> dict[str, object]:
    name = f"{item}_{unit}_{period}_{number:02d}.pdf"
    return {
        "item_code": item, "unit_code": unit, "period": period, "title": "合成材料", "file": name,
        "sha256": hashlib.sha256(name.encode()).hexdigest(), "provided_on": month.first.replace(day=20),
    }  # fmt: skip


def _bonds(world: World, year: int) -> pl.DataFrame:
    streets = list(zip(world.units("street"), world.core_streets, strict=True))
    rows = [
        {"unit_code": unit, "year": year, "kind": kind, "amount_yuan": core if is_core else other, "status": "已缴"}
        for kind, core, other in BONDS
        for unit, is_core in streets
    ]
    return pl.DataFrame(rows)
