"""What the ``watch`` of a source finds in its deliveries, and which of them are stopped.

Whether a delivery is stopped follows from the ledger, the settings and the decisions of people alone, so it can be
worked out again at any time: neither the order of arrival nor the moment of judging matters where the deliveries tell
when they were extracted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Literal

import polars as pl

from pipelines.city import City
from pipelines.city.models import Source
from pipelines.city.watch import Band, Share
from pipelines.contracts import DELIVERED
from pipelines.ingest import lake as lake_files
from pipelines.ingest.ledger import Alert, Delivery, read_ledger, write_delivery
from pipelines.ingest.overrides import Decision, read_decisions
from pipelines.ingest.rejects import REJECT_SCHEMA
from pipelines.settings import CityHome

NOT_KNOWN = ("foreign-key-error", "unknown-value")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Unknown:
    """Rows of a delivery that were rejected because they name a unit or a category that nobody knows."""

    units: int = 0
    categories: int = 0


def in_order(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Deliveries by when they were extracted at the source; where that is not told, by when they came in."""
    return sorted(deliveries, key=moment_of)


def moment_of(delivery: Delivery) -> tuple[datetime, str]:
    """The moment a delivery stands for, and its id to tell apart those of one moment."""
    return (delivery.extracted_at or delivery.received_at, delivery.delivery_id)


def judge(
    source: Source, deliveries: Iterable[Delivery], unknown: dict[str, Unknown], decisions: dict[str, Decision]
) -> list[Delivery]:
    """``deliveries`` of ``source`` with alerts, state and decision as its watch and people's decisions have them.

    A refused delivery stays as it is: nothing of it was read. Rows are compared with those of earlier deliveries in
    use.
    """
    judged: list[Delivery] = []
    counts: list[int] = []
    for delivery in in_order(deliveries):
        if not delivery.was_read:
            judged.append(delivery)
            continue
        alerts = _alerts(source, delivery, unknown.get(delivery.delivery_id, Unknown()), counts)
        decided = decisions.get(delivery.delivery_id)
        stops = any(alert["level"] == "stop" for alert in alerts)
        let_in = decided is not None and decided.decision == "let_in"
        now = replace(
            delivery,
            alerts=alerts,
            state="stopped" if stops and not let_in else "accepted",
            decision=decided.decision if decided else None,
            decided_by=decided.decided_by if decided else None,
            decision_reason=decided.decision_reason if decided else None,
            decided_at=decided.decided_at if decided else None,
        )
        judged.append(now)
        if now.state == "accepted":
            counts.append(now.rows)
    return judged


def settle(city: City, home: CityHome, say: Say) -> list[Delivery]:
    """Judge every delivery in the ledger, write down what changed, and keep the rows of stopped ones out of the way.

    Returns the ledger as it then is. What a killed run left half done is put right.
    """
    ledger = read_ledger(home.lake)
    decisions = read_decisions(home.lake)
    unknown = _unknown(city, home.lake, ledger)
    judged: dict[str, Delivery] = {}
    for name in {delivery.source for delivery in ledger}:
        mine = [delivery for delivery in ledger if delivery.source == name]
        source = city.sources.get(name)
        for delivery in judge(source, mine, unknown, decisions) if source else mine:
            judged[delivery.delivery_id] = delivery
    aside = {path.stem for path in (home.lake / "stopped").glob("*/*.parquet")}
    for before in ledger:
        now = judged[before.delivery_id]
        if now != before:
            write_delivery(home.lake, now)
            if now.state != before.state:
                say(_told(now))
        if now.state == "stopped" or now.delivery_id in aside:
            _put_in_place(home.lake, now)
    return [judged[delivery.delivery_id] for delivery in ledger]


def _put_in_place(lake: Path, delivery: Delivery) -> None:
    contract = DELIVERED[delivery.contract]
    used = lake_files.accepted_file(lake, contract, delivery.delivery_id)
    aside = lake_files.stopped_file(lake, contract, delivery.delivery_id)
    source, target = (used, aside) if delivery.state == "stopped" else (aside, used)
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)


def _told(delivery: Delivery) -> str:
    if delivery.state == "stopped":
        why = "; ".join(alert["en"] for alert in delivery.alerts if alert["level"] == "stop")
        return f"{delivery.source}: {delivery.file} is stopped, kept and not used: {why} ({delivery.delivery_id})"
    by = f" by {delivery.decided_by}: {delivery.decision_reason}" if delivery.decision == "let_in" else ""
    return f"{delivery.source}: {delivery.file} is let in{by}"


def _unknown(city: City, lake: Path, ledger: list[Delivery]) -> dict[str, Unknown]:
    """The rows with unknown codes of each delivery whose source watches them."""
    watched = {
        name
        for name, source in city.sources.items()
        if source.watch.unknown_unit_share is not None or source.watch.unknown_category_share is not None
    }
    files = [
        path
        for delivery in ledger
        if delivery.source in watched and delivery.rejected
        if (path := lake_files.rejected_file(lake, delivery.delivery_id)).is_file()
    ]
    if not files:
        return {}
    columns = {
        reference: [c.name for contract in DELIVERED.values() for c in contract.columns if c.refers_to == reference]
        for reference in ("units", "categories")
    }
    scan = pl.scan_parquet(files, glob=False, schema=REJECT_SCHEMA, missing_columns="insert", extra_columns="ignore")
    rows = pl.col("source_row")
    counted = (
        scan.filter(pl.col("reason").is_in(NOT_KNOWN))
        .group_by("delivery_id")
        .agg(
            rows.filter(pl.col("column_name").is_in(columns["units"])).n_unique().alias("units"),
            rows.filter(pl.col("column_name").is_in(columns["categories"])).n_unique().alias("categories"),
        )
        .collect()
    )
    return {row["delivery_id"]: Unknown(row["units"], row["categories"]) for row in counted.to_dicts()}


def _alerts(source: Source, delivery: Delivery, unknown: Unknown, counts: list[int]) -> list[Alert]:
    watch = source.watch
    found = [
        _share("rejected_share", watch.rejected_share, delivery.rejected, delivery.rows, "退回行", "rows rejected"),
        _share(
            "unknown_unit_share",
            watch.unknown_unit_share,
            unknown.units,
            delivery.rows,
            "单位编码不存在的行",
            "rows name an unknown unit",
        ),
        _share(
            "unknown_category_share",
            watch.unknown_category_share,
            unknown.categories,
            delivery.rows,
            "分类编码不存在的行",
            "rows name an unknown category",
        ),
    ]
    limits = watch.row_count
    if limits is not None and len(counts) >= limits.after:
        usual = float(median(counts))
        found.append(
            _count("stop", limits.stop, delivery.rows, usual) or _count("warn", limits.warn, delivery.rows, usual)
        )
    return [alert for alert in found if alert is not None]


def _share(what: str, levels: Share | None, part: int, whole: int, zh: str, en: str) -> Alert | None:
    if levels is None or whole == 0:
        return None
    passed: list[tuple[Literal["stop", "warn"], float | None]] = [("stop", levels.stop), ("warn", levels.warn)]
    for level, limit in passed:
        if limit is not None and part > limit * whole:
            return Alert(
                level=level,
                what=what,
                zh=f"{zh} {part:,} / {whole:,}（{part / whole:.2%}），超过 {limit:.2%}",
                en=f"{part:,} of {whole:,} {en} ({part / whole:.2%}), more than {limit:.2%}",
            )
    return None


def _count(level: Literal["stop", "warn"], band: Band | None, rows: int, usual: float) -> Alert | None:
    if band is None:
        return None
    if band.below is not None and rows < band.below * usual:
        limit, zh, en = band.below, "少于", "fewer than"
    elif band.above is not None and rows > band.above * usual:
        limit, zh, en = band.above, "多于", "more than"
    else:
        return None
    return Alert(
        level=level,
        what="row_count",
        zh=f"行数 {rows:,}，{zh}以往中位数 {usual:,.0f} 的 {limit:g} 倍",
        en=f"{rows:,} rows, {en} {limit:g} times the usual {usual:,.0f}",
    )
