"""When a feed is watched closely enough to warn or to stop: the ``watch`` key of a source."""

from __future__ import annotations

from pipelines.city.strict import Strict


class Watch(Strict):
    """Levels at which a delivery of the source warns or is stopped, and when a delivery is due."""
