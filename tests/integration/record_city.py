"""Running a real city's whole main job in a home of its own, and reading its files with the standard library alone."""

from __future__ import annotations

import csv
import gzip
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import polars as pl

from pipelines.settings import REPO, CityHome, city_home
from tests.integration.conftest import cityeval

DATA = Path(__file__).parents[2].parent / "shared" / "data"

# unit, period, measure
Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Job:
    """A finished run: the city, its home, the files that it was given."""

    city: str
    base: Path
    files: tuple[Path, ...]

    @property
    def home(self) -> CityHome:
        return city_home(self.city, self.base)

    def ask(self, sql: str) -> pl.DataFrame:
        from pipelines.warehouse import read_release  # noqa: PLC0415 starts DuckDB only where it is used

        frame: pl.DataFrame = read_release(self.home, sql)
        return frame

    def counts(self) -> dict[Cell, Decimal]:
        """Every count of all channels together that is not 0."""
        rows = self.ask(
            "select unit_code, period, measure, value from mart_counts where channel = 'all' and value <> 0"
        )
        return {(unit, period, measure): value for unit, period, measure, value in rows.iter_rows()}

    def file(self, part: str) -> Path:
        return next(path for path in self.files if part in path.name)


def run_job(city: str, folder: Path, files: Iterable[Path], period: str) -> Job:
    """The whole main job over ``files``; an empty list means the city's own sample."""
    given = tuple(files) or tuple(p for p in sorted((REPO / "cities" / city / "sample").iterdir()) if p.suffix != ".md")
    delivered = folder / "delivered"
    delivered.mkdir(parents=True)
    for path in given:
        shutil.copyfile(path, delivered / path.name)
    base = folder / "home"
    cityeval("run", "--city", city, "--input", delivered, "--home", base, "--period", period)
    return Job(city, base, given)


def read_rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def periods_of(year: int, month: int) -> tuple[str, str, str]:
    """The month, quarter and year that hold a month."""
    return f"{year}-{month:02d}", f"{year}-Q{(month + 2) // 3}", str(year)
