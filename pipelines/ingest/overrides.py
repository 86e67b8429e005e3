"""What a person decided about a stopped delivery, with name and reason: appended to the lake, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.city import City
from pipelines.errors import UsageError
from pipelines.files import write_parquet
from pipelines.ingest.lake import DECISION_SCHEMA
from pipelines.ingest.ledger import Delivery, read_ledger
from pipelines.ingest.masks import mask_text
from pipelines.settings import CityHome

Kind = Literal["let_in", "keep_out"]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """``let_in``: use the delivery in spite of the stop. ``keep_out``: leave it out, and hold no unit back for it."""

    delivery_id: str
    decision: Kind
    decided_by: str
    decision_reason: str
    decided_at: datetime  # local time of the city


def read_decisions(lake: Path) -> dict[str, Decision]:
    """The last decision about each delivery, by its id."""
    files = sorted((lake / "overrides").glob("[!.]*.parquet"))
    if not files:
        return {}
    frame = pl.read_parquet(files, glob=False).sort("decided_at", maintain_order=True)
    return {row["delivery_id"]: Decision(**row) for row in frame.to_dicts()}


def find_delivery(lake: Path, name: str) -> Delivery:
    """The delivery of that id, or the only one whose id begins like that. Raises UsageError for none or several."""
    ledger = read_ledger(lake)
    found = [d for d in ledger if d.delivery_id == name] or [d for d in ledger if d.delivery_id.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(d.delivery_id for d in found[:5])
        raise UsageError(f"{name!r} begins the names of {len(found)} deliveries", f"say more of one: {some}")
    raise UsageError(f"there is no delivery {name!r}", "`cityeval deliveries --json` lists their delivery_id")


def decide(city: City, home: CityHome, name: str, *, kind: Kind, by: str, reason: str) -> Decision:
    """Write down a decision about a stopped delivery (the file is new each time). The caller holds the city's lock.

    Raises UsageError for an unknown delivery, one that was not stopped, and where name or reason is blank.
    """
    delivery = find_delivery(home.lake, name)
    if not by.strip() or not reason.strip():
        raise UsageError("a decision needs a name and a reason", "give --by NAME and --reason TEXT")
    if not any(alert["level"] == "stop" for alert in delivery.alerts):
        raise UsageError(
            f"{delivery.delivery_id} ({delivery.file}) was not stopped: it is {delivery.state}",
            "only a stopped delivery can be overridden; a refused one is corrected and delivered again",
        )
    now = datetime.now(ZoneInfo(city.settings.time_zone)).replace(tzinfo=None)
    decision = Decision(
        delivery_id=delivery.delivery_id,
        decision=kind,
        decided_by=by.strip(),
        decision_reason=mask_text(reason.strip()),  # people write telephone numbers into it, and it is shown
        decided_at=now,
    )
    path = home.lake / "overrides" / f"{now:%Y%m%dT%H%M%S%f}-{delivery.delivery_id}.parquet"
    write_parquet(pl.DataFrame([vars(decision)], schema=DECISION_SCHEMA), path)
    return decision
