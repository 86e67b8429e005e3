"""The code location: every city of CITYEVAL_CITIES, its assets prefixed by its name."""

from __future__ import annotations

import dagster as dg

from pipelines.city import load_city
from pipelines.defs.automation import city_source, failure_notice, inbox_sensor, jobs, schedules
from pipelines.defs.door import door_assets
from pipelines.defs.publication import publication_assets
from pipelines.defs.resources import RunSettings
from pipelines.defs.warehouse import warehouse_assets
from pipelines.run import quiet_environment
from pipelines.settings import Settings


def city_definitions(name_or_path: str) -> dg.Definitions:
    """Assets, checks, jobs, schedules and the inbox sensor of one city."""
    city = load_city(name_or_path)
    resource = f"{city.name}_run"
    made = jobs(city)
    return dg.Definitions(
        assets=[*door_assets(city, resource), warehouse_assets(city, resource), *publication_assets(city, resource)],
        jobs=list(made.values()),
        schedules=schedules(city, resource, made),
        sensors=[inbox_sensor(city, made["ingest"])],
        resources={resource: RunSettings(city=city_source(city))},
    )


quiet_environment()
defs = dg.Definitions.merge(
    *(city_definitions(name.strip()) for name in Settings().cities.split(",")),
    dg.Definitions(sensors=[failure_notice()], executor=dg.in_process_executor),
)
