"""How the feeds of a city stand, put into words for people: for notices, for `cityeval deliveries`, for Dagster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.city import City
from pipelines.ingest.lateness import FeedState, feed_states
from pipelines.ingest.ledger import Delivery
from pipelines.notify import Notice
from pipelines.settings import CityHome


@dataclass(frozen=True)
class Watched:
    """The watched feeds of a city at a moment, and what people are to be told of them and of their deliveries."""

    feeds: tuple[FeedState, ...]
    notices: tuple[Notice, ...]


def watched(city: City, home: CityHome, ledger: Sequence[Delivery], horizon: datetime) -> Watched:
    """Judge the watched feeds at ``horizon`` (local time of the city)."""
    feeds = feed_states(city, home.lake, ledger, horizon)
    notices = [
        Notice(
            f"{lack.source}/{lack.state}/{lack.key}", "warn" if lack.state in ("old", "awaited") else "stop", lack.en
        )
        for feed in feeds
        for lack in feed.lacks
        if lack.state not in ("stopped", "awaited")  # a stop is told below; what is not due yet is nobody's fault
    ]
    watching = {feed.source for feed in feeds}
    for delivery in ledger:
        if delivery.state == "refused" and delivery.source in watching:
            reasons = ", ".join(sorted(delivery.reasons))
            notices.append(
                Notice(
                    f"{delivery.delivery_id}/refused",
                    "stop",
                    f"{delivery.source}: {delivery.file} is refused: {reasons}",
                )
            )
        if delivery.decision == "let_in":
            continue
        notices += [
            Notice(
                f"{delivery.delivery_id}/{alert['what']}/{alert['level']}",
                alert["level"],
                f"{delivery.source}: {delivery.file}: {alert['en']}"
                + (f"; not used: {delivery.delivery_id}" if delivery.state == "stopped" else ""),
            )
            for alert in delivery.alerts
        ]
    return Watched(tuple(feeds), tuple(notices))
