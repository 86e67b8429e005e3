"""Asset checks of the door: what people see of a source in Dagster when something is wrong with it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from pipelines.city import City
from pipelines.export.quality import quality_report
from pipelines.ingest.closings import rejects_with_state
from pipelines.ingest.lake import CHECK_SCHEMA, DELIVERY_SCHEMA, checks_file
from pipelines.ingest.lateness import FeedState
from pipelines.ingest.ledger import JSON_COLUMNS, Delivery
from pipelines.settings import CityHome

MOST_ROWS = 20


def check_of_deliveries(asset: dg.AssetKey, new: Sequence[Delivery], workbook: Path | None) -> dg.AssetCheckResult:
    """Fails where a new delivery was refused or stopped; warns where it passed a level that only warns."""
    bad = [d for d in new if d.state != "accepted"]
    warned = [d for d in new if d.state == "accepted" and d.alerts]
    rows = [
        (d.file, d.state, "; ".join(alert["en"] for alert in d.alerts) or ", ".join(d.reasons) or "")
        for d in (*bad, *warned)
    ]
    metadata: dict[str, Any] = {}
    if rows:
        metadata["deliveries"] = dg.MetadataValue.md(markdown(("file", "state", "why"), rows))
    if workbook is not None and any(d.rejected for d in new):
        metadata["rejects workbook"] = dg.MetadataValue.path(str(workbook))
    return dg.AssetCheckResult(
        passed=not rows,
        check_name="delivery_is_good",
        asset_key=asset,
        severity=dg.AssetCheckSeverity.ERROR if any(d.state == "stopped" for d in bad) else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def check_of_expectations(
    asset: dg.AssetKey, home: CityHome, new: Sequence[Delivery], city: City
) -> dg.AssetCheckResult:
    """Fails where a check of the contract's suite failed on a new delivery, or could not be run.

    The severity is that of the gravest check; the failing rows and the path of the quality report stand beside it.
    """
    files = [path for d in new if (path := checks_file(home.lake, d.delivery_id)).is_file()]
    checks = pl.read_parquet(files, glob=False) if files else pl.DataFrame(schema=CHECK_SCHEMA)
    failed = checks.filter(~pl.col("success")).sort("severity", "suite", "check_name", "delivery_id")
    metadata: dict[str, Any] = {"checks": checks.height, "failed": failed.height}
    if failed.height:
        names = {d.delivery_id: d.file for d in new}
        metadata["failed checks"] = dg.MetadataValue.md(
            markdown(
                ("severity", "check", "column", "found", "unexpected", "file"),
                [
                    (
                        row["severity"],
                        row["check_name"],
                        row["column_name"],
                        row["observed"],
                        row["unexpected_count"],
                        names[row["delivery_id"]],
                    )
                    for row in failed.to_dicts()
                ],
            )
        )
        for number, (check, rows) in enumerate(_failing(failed), start=1):
            headers = tuple(dict.fromkeys(name for row in rows for name in row))
            cells = [tuple(row.get(name) for name in headers) for row in rows]
            metadata[f"failing rows {number}: {check}"] = dg.MetadataValue.md(markdown(headers, cells))
        metadata["quality report"] = dg.MetadataValue.path(str(_report(asset, home, new, checks, city)))
    grave = failed.filter(pl.col("severity") == "fail").height > 0
    return dg.AssetCheckResult(
        passed=failed.is_empty(),
        check_name="great_expectations",
        asset_key=asset,
        severity=dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def check_of_feed(asset: dg.AssetKey, feed: FeedState | None) -> dg.AssetCheckResult:
    """Fails where a watched feed is late, stale or stopped, warns where it is getting old."""
    lacks = [lack for lack in feed.lacks if lack.state != "awaited"] if feed is not None else []
    metadata: dict[str, Any] = {"state": feed.state if feed is not None else "not watched"}
    if feed is not None and feed.lacks:
        rows = [(lack.state, lack.starts_on, lack.ends_on, lack.en) for lack in feed.lacks]
        metadata["owes"] = dg.MetadataValue.md(markdown(("state", "from", "to", "why"), rows))
    grave = any(lack.state != "old" for lack in lacks)
    return dg.AssetCheckResult(
        passed=not lacks,
        check_name="feed_is_on_time",
        asset_key=asset,
        severity=dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def markdown(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table of at most ``MOST_ROWS`` rows; what would break out of a cell is taken out of it."""
    lines = [headers, ["---"] * len(headers), *rows[:MOST_ROWS]]
    text = "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)
    return text + (f"\n\nand {len(rows) - MOST_ROWS} more" if len(rows) > MOST_ROWS else "")


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    for bad, good in (
        ("\\", "\\\\"),
        ("|", "\\|"),
        ("\n", " "),
        ("\r", " "),
        ("<", "&lt;"),
        ("[", "\\["),
        ("`", "\\`"),
    ):
        text = text.replace(bad, good)
    return text


def _failing(failed: pl.DataFrame) -> list[tuple[str, list[dict[str, Any]]]]:
    found = [(row["check_name"], json.loads(row["failing_rows"] or "[]")) for row in failed.to_dicts()]
    return [(check, rows) for check, rows in found if rows]


def _report(asset: dg.AssetKey, home: CityHome, new: Sequence[Delivery], checks: pl.DataFrame, city: City) -> Path:
    """The quality report of these deliveries alone."""
    rows = [asdict(d) | {name: json.dumps(getattr(d, name), ensure_ascii=False) for name in JSON_COLUMNS} for d in new]
    return quality_report(
        home.exports / f"{'_'.join(asset.path)}_quality.html",
        title=" ".join(asset.path),
        deliveries=pl.DataFrame(rows, schema=DELIVERY_SCHEMA),
        rejects=rejects_with_state(home, list(new)),
        checks=checks,
        synthetic=city.settings.synthetic,
        city=city.folder,
    )
