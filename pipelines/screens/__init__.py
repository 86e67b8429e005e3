"""Dashboards, seen from the pipeline: Superset is started and photographed; its own code is in dashboards/."""

from pipelines.screens.environment import ENVIRONMENT, people, python, serve, served, shown_cities, write_cities

__all__ = ["ENVIRONMENT", "people", "python", "serve", "served", "shown_cities", "write_cities"]
