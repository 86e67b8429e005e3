"""Working one step ahead, so that reading, judging, masking and writing overlap."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items in the same order; the next one is made in a thread while the caller works on this one.

    At most one item waits. What making an item raises is raised here, at its place.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        end = object()
        coming = thread.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = thread.submit(next, items, end)
            yield item  # type: ignore[misc]
