"""How good each unit is: what makes the rankings differ. Depends on the seed only, never on the number of cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.synthetic.settings import World

QUALITY_STREAM = 901


@dataclass(frozen=True)
class Quality:
    """One value per unit, in the order of ``World.unit_codes``."""

    punctuality: np.ndarray  # how many standard deviations the usual handling lies before the deadline
    trend: np.ndarray  # change of punctuality over all months
    rework: np.ndarray  # probability that a handling does not pass
    forgotten: np.ndarray  # probability that a case is never handled
    liked: np.ndarray  # probability that a caller who answers is satisfied
    completion: np.ndarray  # share of the planned work a contractor usually does
    affinity: np.ndarray  # categories × departments: who is usually responsible


def draw_quality(world: World, categories: int) -> Quality:
    """The units' qualities; the same seed gives the same city."""
    rng = np.random.default_rng(np.random.SeedSequence([world.settings.seed, QUALITY_STREAM]))
    units, departments = len(world.unit_codes), len(world.units("department"))
    skill = rng.normal(0.0, 1.0, units)
    affinity = rng.random((categories, departments)) * 0.15
    affinity[np.arange(categories), np.arange(categories) % departments] += 1.0
    return Quality(
        punctuality=np.clip(1.35 + 0.32 * skill + rng.normal(0, 0.08, units), 0.55, 2.3),
        trend=rng.normal(0.08, 0.15, units),
        rework=np.clip(0.06 - 0.018 * skill + rng.normal(0, 0.012, units), 0.012, 0.16),
        forgotten=np.clip(0.010 - 0.003 * skill + rng.normal(0, 0.003, units), 0.001, 0.03),
        liked=np.clip(0.86 + 0.03 * skill + rng.normal(0, 0.025, units), 0.65, 0.985),
        completion=np.clip(0.965 + 0.012 * skill + rng.normal(0, 0.008, units), 0.88, 1.0),
        affinity=affinity,
    )
