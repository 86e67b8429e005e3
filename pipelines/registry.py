"""The codes that every city shares: the registries of measures and indicators (dbt_project/seeds)."""

from __future__ import annotations

from functools import cache

import polars as pl

from pipelines.settings import REPO

SEEDS = REPO / "dbt_project" / "seeds"


@cache
def registry(seed: str) -> pl.DataFrame:
    """The table ``seed``, every cell a text."""
    return pl.read_csv(SEEDS / f"{seed}.csv", infer_schema=False)


@cache
def known(seed: str) -> frozenset[str]:
    """The codes of ``indicators`` or ``measures``."""
    return frozenset(registry(seed)[seed.removesuffix("s")])
