"""One release per request; a data cache whose keys carry the releases, so that a publication clears nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import g, has_app_context
from flask_caching.backends.filesystemcache import FileSystemCache

from dashboards.places import SERVING_FILE, cities

SERVING = {city.serving for city in cities()}


def pinned() -> dict[Path, str]:
    """Serving folder → release read by this request: looked up once, at the first touch of cache or database."""
    now = {serving: (serving / "current").resolve().name for serving in SERVING}
    if not has_app_context():
        return now
    if not hasattr(g, "pinned_releases"):
        g.pinned_releases = now
    return g.pinned_releases


def open_pinned(uri: Any, params: Any, *_: Any) -> tuple[Any, Any]:
    """Superset's DB_CONNECTION_MUTATOR: `current` becomes the release of this request, never a path outside it."""
    if uri.get_backend_name() == "duckdb":
        serving = Path(uri.database).parent.parent
        uri = uri.set(database=str(serving / "releases" / pinned()[serving] / SERVING_FILE))
    return uri, params


class ReleaseCache(FileSystemCache):
    """File cache of query results. Keys without the release's name are those of the cache's own book-keeping."""

    def _key(self, key: str) -> str:
        return ",".join(sorted(pinned().values())) + ":" + key

    def get(self, key: str) -> Any:
        return super().get(self._key(key))

    def has(self, key: str) -> bool:
        return super().has(self._key(key))

    def set(self, key: str, value: Any, timeout: int | None = None, **kw: Any) -> Any:
        return super().set(key if kw.get("mgmt_element") else self._key(key), value, timeout=timeout, **kw)

    def delete(self, key: str, **kw: Any) -> Any:
        return super().delete(key if kw.get("mgmt_element") else self._key(key), **kw)
