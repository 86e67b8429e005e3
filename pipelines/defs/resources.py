"""What a run is asked to do, as a Dagster resource set per run."""

from __future__ import annotations

import dagster as dg
from pydantic import Field

from pipelines.city import City, load_city
from pipelines.city.periods import parse_as_of
from pipelines.settings import CityHome, city_home
from pipelines.warehouse.inputs import Moment, moment_of_run


class RunSettings(dg.ConfigurableResource):
    """City, periods to publish (default: the last month that ended) and as-of moment of one run."""

    city: str
    periods: list[str] = Field(default_factory=list)
    as_of: str = ""

    def load(self) -> City:
        return load_city(self.city)

    def folders(self) -> CityHome:
        return city_home(self.load().name)

    def moments(self) -> list[Moment]:
        """One moment per period asked for; at least one."""
        city = self.load()
        as_of = parse_as_of(self.as_of) if self.as_of else None
        return [moment_of_run(city, period or None, as_of) for period in (self.periods or [""])]
