"""Where a source's files are fetched from: the ``fetch`` key of a source."""

from __future__ import annotations

from pipelines.city.strict import Strict


class Fetch(Strict):
    """An HTTP interface that delivers a source's files."""
