"""The door: files of the feeds become accepted and rejected rows in the lake (read → map → check → land)."""

from pipelines.ingest.door import land_files, take_in

__all__ = ["land_files", "take_in"]
