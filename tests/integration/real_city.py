"""One finished run of a city folder on real files, what its tests ask of it, and plain reading of those files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.settings import REPO, CityHome, city_home
from tests.integration.conftest import cityeval

SHARED = Path(__file__).parents[2].parent / "shared" / "data"  # the full files; a clone alone has the samples

# unit, period, measure
Cell = tuple[str, str, str]


@dataclass(frozen=True)
class CityJob:
    """A run in a home of its own: the city, that home, the files it was given, what it said."""

    city: str
    base: Path
    files: tuple[Path, ...]
    said: str = ""

    @property
    def home(self) -> CityHome:
        return city_home(self.city, self.base)

    def file(self, part: str) -> Path:
        return next(path for path in self.files if part in path.name)

    def sql(self, query: str) -> pl.DataFrame:
        """The answer of the current release."""
        from pipelines.warehouse import read_release  # noqa: PLC0415 starts DuckDB only where it is used

        frame: pl.DataFrame = read_release(self.home, query)
        return frame

    def mart(self, name: str) -> pl.DataFrame:
        return self.sql(f"select * from {name}")

    def ask(self, command: str, *options: str) -> dict[str, Any]:
        """The JSON document that a command answers with."""
        answer = cityeval(command, "--city", self.city, "--home", str(self.base), "--json", *options).stdout
        document: dict[str, Any] = json.loads(answer)
        return document

    def deliveries(self) -> dict[str, dict[str, Any]]:
        """By source and file; every row is accounted for in each of them."""
        found = {f"{each['source']}/{Path(each['file']).name}": each for each in self.ask("deliveries")["deliveries"]}
        for each in found.values():
            assert each["rows"] == each["accepted"] + each["rejected"]
            assert sum(each["reasons"].values()) == each["rejected"]
        return found

    def accepted(self, contract: str = "cases") -> pl.DataFrame:
        return pl.read_parquet(self.home.lake / "accepted" / contract / "*.parquet")

    def counts(self) -> dict[Cell, Decimal]:
        """Every count of all channels together that is not 0."""
        rows = self.sql(
            "select unit_code, period, measure, value from mart_counts where channel = 'all' and value <> 0"
        )
        return {(unit, period, measure): value for unit, period, measure, value in rows.iter_rows()}

    def counts_of(self, measure: str) -> dict[tuple[str, str], Decimal]:
        """Those of one measure, by unit and period."""
        return {(unit, period): value for (unit, period, name), value in self.counts().items() if name == measure}


def sample_files(city: str) -> tuple[Path, ...]:
    """The files of the sample that a city's folder holds."""
    return tuple(path for path in sorted((REPO / "cities" / city / "sample").iterdir()) if path.suffix != ".md")


def run_city(
    city: str, folder: Path, files: Iterable[Path] = (), period: str | None = None, described: Path | None = None
) -> CityJob:
    """The whole main job as its user calls it, in ``folder``: over ``files``, or over the city's own sample.

    ``described``: a copy of the city's folder to which a test has added something.
    """
    given = tuple(files) or sample_files(city)
    delivered = folder / "delivered"
    delivered.mkdir(parents=True)
    for path in given:
        shutil.copyfile(path, delivered / path.name)
    asked = ["--period", period] if period else []
    done = cityeval("run", "--city", described or city, "--input", delivered, "--home", folder / "home", *asked)
    return CityJob(city, folder / "home", given, done.stdout + done.stderr)


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, packed or not, by the standard library alone."""
    text = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def moment(text: str) -> datetime:
    """A moment as American cities print it."""
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p")


def periods_of(year: int, month: int) -> tuple[str, str, str]:
    """The month, quarter and year that hold a month."""
    return f"{year}-{month:02d}", f"{year}-Q{(month + 2) // 3}", str(year)
