"""One finished run of a city folder on real files, and what its tests ask of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.settings import CityHome, city_home
from tests.integration.conftest import cityeval

SHARED = Path(__file__).parents[2].parent / "shared" / "data"


@dataclass(frozen=True)
class CityJob:
    """A run in a home of its own."""

    city: str
    base: Path
    said: str

    @property
    def home(self) -> CityHome:
        return city_home(self.city, self.base)

    def mart(self, name: str) -> pl.DataFrame:
        from pipelines.warehouse import read_release  # noqa: PLC0415 starts DuckDB only where it is used

        frame: pl.DataFrame = read_release(self.home, f"select * from {name}")
        return frame

    def ask(self, command: str, *options: str) -> dict[str, Any]:
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
        files = self.home.lake / "accepted" / contract / "*.parquet"
        return pl.read_parquet(files)

    def counts(self, measure: str, channel: str = "hotline") -> dict[tuple[str, str], int]:
        """By unit and period, those above zero."""
        rows = self.mart("mart_counts").filter(
            pl.col("measure") == measure, pl.col("channel") == channel, pl.col("value") > 0
        )
        return {(unit, period): value for unit, period, value in rows.select("unit_code", "period", "value").rows()}


def run_city(city: str, base: Path, input_folder: Path | None = None, period: str | None = None) -> CityJob:
    """The main job as its user calls it: of the sample, or of ``input_folder``."""
    given = [*(["--input", input_folder] if input_folder else []), *(["--period", period] if period else [])]
    done = cityeval("run", "--city", city, "--home", base, *given)
    return CityJob(city, base, done.stdout + done.stderr)
