"""Build, audit, publish, restore: the only place that opens a DuckDB file."""

from pipelines.warehouse.release import read_release

__all__ = ["read_release"]
