"""generator.yaml, and the city's reference data in the form the generator draws from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl
from pydantic import Field, StrictFloat, StrictInt

from pipelines.city import City, load_city
from pipelines.city.strict import Strict
from pipelines.city.yaml_file import read_model
from pipelines.errors import UsageError
from pipelines.synthetic.clock import WorkClock, seconds

MOST_CASES = 50_000_000


class GeneratorSettings(Strict):
    """generator.yaml: how many cases, from which seed, and the shares and rates (0 to 1) of what happens to them."""

    cases: StrictInt = Field(ge=1_000, le=MOST_CASES)
    seed: StrictInt = Field(ge=0)
    hotline_share: StrictFloat = Field(0.45, gt=0, lt=1)
    duplicate_rate: StrictFloat = Field(0.02, ge=0, le=0.5)
    invalid_rate: StrictFloat = Field(0.02, ge=0, le=0.5)
    cancelled_rate: StrictFloat = Field(0.012, ge=0, le=0.5)
    suspended_rate: StrictFloat = Field(0.02, ge=0, le=0.5)
    extended_rate: StrictFloat = Field(0.03, ge=0, le=0.5)
    due_not_given_rate: StrictFloat = Field(0.03, ge=0, le=1)
    no_area_rate: StrictFloat = Field(0.025, ge=0, le=1)
    handling_time_unknown_rate: StrictFloat = Field(0.01, ge=0, le=1)
    no_limit_category_rate: StrictFloat = Field(0.005, ge=0, le=0.5)
    personal_text_rate: StrictFloat = Field(0.03, ge=0, le=1)
    dirty_rate: StrictFloat = Field(0.003, ge=0, le=0.2)
    out_of_scope_rate: StrictFloat = Field(0.02, ge=0, le=0.5)
    late_correction_rate: StrictFloat = Field(0.005, ge=0, le=0.5)


@dataclass(frozen=True)
class Month:
    """One month of extracts. Moments are seconds since 1970 in the city's local time; ``cutoff`` is its last second."""

    index: int
    first: date
    cutoff: int

    @property
    def period(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def label(self) -> str:
        """What the month's file names end in: the month, and the moment the extract was taken."""
        taken = datetime(1970, 1, 1) + timedelta(seconds=self.cutoff)
        return f"{self.first:%Y%m}_截至{taken:%Y%m%d%H%M%S}"


@dataclass(frozen=True)
class World:
    """The city as the generator sees it: units by kind, categories with their limits, months, clock."""

    city: City
    settings: GeneratorSettings
    months: tuple[Month, ...]
    clock: WorkClock
    as_of: int

    def units(self, kind: str) -> list[str]:
        frame = self.city.reference["units"].filter(pl.col("unit_kind") == kind)
        return frame["unit_code"].sort().to_list()

    @cached_property
    def unit_codes(self) -> list[str]:
        """Every unit code, sorted; arrays of units hold positions in this list."""
        return self.city.reference["units"]["unit_code"].sort().to_list()

    def positions(self, kind: str) -> np.ndarray:
        """The places of the units of a kind in ``unit_codes``."""
        return np.searchsorted(np.array(self.unit_codes), np.array(self.units(kind)))

    @cached_property
    def core_streets(self) -> np.ndarray:
        """For each street (in the order of ``positions('street')``): is it in the peer group ``core``?"""
        groups = self.city.reference["peer_groups"]
        core = set(groups.filter(pl.col("peer_group") == "core")["unit_code"])
        return np.array([code in core for code in self.units("street")])

    def limits(self, channel: str) -> pl.DataFrame:
        """Leaf categories of a channel with limit and unit (null where it has none), sorted by code."""
        limits = self.city.reference["stage_limits"].filter(
            (pl.col("channel") == channel) & (pl.col("stage") == "handle")
        )
        categories = self.city.reference["categories"].filter(pl.col("parent_code").is_not_null())
        parents = categories.filter(pl.col("category_code").is_in(limits["category_code"].to_list()))
        return (
            categories.filter(pl.col("parent_code").is_in(parents["parent_code"].unique().to_list()))
            .join(limits.select("category_code", "limit", "limit_unit"), on="category_code", how="left")
            .select("category_code", "name_zh", pl.col("limit").cast(pl.Int64), "limit_unit")
            .sort("category_code")
        )

    @cached_property
    def ancestors(self) -> dict[str, tuple[str, ...]]:
        """Each unit with itself and everything above it."""
        parents = dict(self.city.reference["units"].select("unit_code", "parent_code").iter_rows())
        chains: dict[str, tuple[str, ...]] = {}
        for code, parent in parents.items():
            chain, here = [code], parent
            while here is not None:
                chain.append(here)
                here = parents[here]
            chains[code] = tuple(chain)
        return chains


def read_world(folder: Path, cases: int | None = None, seed: int | None = None) -> World:
    """The world of a city folder with a generator.yaml; ``cases`` and ``seed`` override its own.

    Raises UsageError where the folder is no synthetic city, lacks a kind of unit, or has no fixed as-of moment.
    """
    city = load_city(str(folder))
    settings = read_model(folder / "generator.yaml", GeneratorSettings)
    if not city.settings.synthetic:
        raise UsageError(f"{folder / 'city.yaml'}: synthetic is not true", "only a synthetic city is generated")
    changes = {name: value for name, value in (("cases", cases), ("seed", seed)) if value is not None}
    if not 1_000 <= changes.get("cases", settings.cases) <= MOST_CASES or changes.get("seed", 0) < 0:
        raise UsageError(
            f"cannot generate {changes}", f"between 1,000 and {MOST_CASES:,} cases, and a seed of 0 or more"
        )
    settings = settings.model_copy(update=changes)
    as_of = city.settings.as_of
    if as_of is None:
        raise UsageError(f"{folder / 'city.yaml'}: as_of is not set", "a synthetic city ends at a fixed moment")
    world = World(
        city=city,
        settings=settings,
        months=_months(city.settings.evaluates_from, as_of),
        clock=WorkClock.of(city.reference["calendar"], city.reference["work_intervals"], city.settings.calendar),
        as_of=seconds(as_of),
    )
    for kind in ("street", "department", "squad", "contractor"):
        if not world.units(kind):
            raise UsageError(f"{folder / 'units.csv'}: there is no {kind}", "the generator needs one at least")
    return world


def _months(first: date, as_of: datetime) -> tuple[Month, ...]:
    months: list[Month] = []
    day = first.replace(day=1)
    while day <= as_of.date():
        after = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        cutoff = min(seconds(datetime(after.year, after.month, 1)) - 1, seconds(as_of))
        months.append(Month(index=len(months), first=day, cutoff=cutoff))
        day = after
    return tuple(months)
