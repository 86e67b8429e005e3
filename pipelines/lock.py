"""One writer at a time per city."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from pipelines.settings import CityHome


@contextmanager
def city_lock(home: CityHome, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the city's lock; a second run says that it waits, then proceeds."""
    home.root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"another run is writing {home.root.name}; waiting for it to finish ({home.lock})")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
