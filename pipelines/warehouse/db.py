"""Opening DuckDB files. Writers and readers share one pinned version; extensions are never fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.settings import Settings


@contextmanager
def open_db(path: Path | str, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that is closed afterwards. ``path`` is a file, or ":memory:"."""
    settings = Settings()
    connection = duckdb.connect(
        str(path),
        read_only=read_only,
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": settings.memory_limit,
            "threads": str(settings.threads),
        },
    )
    try:
        yield connection
    finally:
        connection.close()


def quoted(path: Path | str) -> str:
    """A path as an SQL text literal."""
    return "'" + str(path).replace("'", "''") + "'"
