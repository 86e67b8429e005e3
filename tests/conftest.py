"""The order of the tests: files that take long first, and beside the first of them some that do not wait for it."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
# One process makes the small city for the browser's tests; meanwhile the other has those that need none.
FIRST = ("browser", "golden", "faults", "integration")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _place(item.path.relative_to(HERE).parts[0]))


def _place(folder: str) -> int:
    return FIRST.index(folder) if folder in FIRST else len(FIRST)
