"""A city is a folder of data; this package reads it and refuses what cannot be right."""

from pipelines.city.folder import City, load_city

__all__ = ["City", "load_city"]
