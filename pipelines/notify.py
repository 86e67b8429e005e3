"""Notices to people: warnings, stops and late feeds, sent to the apprise addresses of CITYEVAL_NOTIFY_URLS.

A notice holds names of feeds and files, counts and shares; never a row, a value or a person. Addresses carry
passwords, so they are never printed, logged or put into an error.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.files import write_text
from pipelines.settings import CityHome, Settings

Say = Callable[[str], None]


@dataclass(frozen=True)
class Notice:
    """``key`` is the same whenever the same thing is found, so that it is told once; ``level``: warn or stop."""

    key: str
    level: str
    text: str


def addresses() -> list[str]:
    """The apprise addresses of this machine; none where nobody is to be told."""
    settings = Settings()
    given = settings.notify_urls or settings.notify
    return [address.strip() for address in given.replace("\n", ",").split(",") if address.strip()]


def tell(city: str, home: CityHome, notices: Sequence[Notice], say: Say) -> list[Notice]:
    """Say every notice that has not been told before and send them together; returns those told now.

    What could not be sent to all addresses is tried again the next time. Never raises for a failed delivery: a run must
    not fail because nobody could be told.
    """
    file = home.root / "notices.json"
    told = _told(file)
    new = [notice for notice in notices if notice.key not in told]
    for notice in new:
        say(f"{notice.level}: {notice.text}")
    if new and not send(f"cityeval {city}: {len(new)} notice(s)", "\n".join(f"{n.level}: {n.text}" for n in new), say):
        return []
    still = {notice.key for notice in notices}  # what is found no more may be told again when it comes back
    if still != told:
        write_text(json.dumps(sorted(still)), file)
    return new


def send(title: str, body: str, say: Say) -> bool:
    """Send one message; True where it reached every address, or nobody is to be told."""
    to = addresses()
    if not to:
        return True
    import apprise  # noqa: PLC0415 costs half a second

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its messages name the addresses
    sender = apprise.Apprise()
    good = [bool(sender.add(address)) for address in to]
    if not all(good):
        say(f"{good.count(False)} of {len(to)} addresses of CITYEVAL_NOTIFY_URLS cannot be understood")
    sent = bool(len(sender)) and bool(sender.notify(title=title, body=body))
    if not sent:
        say("the notice could not be delivered to every address; it is tried again the next time")
    return sent and all(good)


def _told(file: Path) -> set[str]:
    try:
        return set(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return set()
