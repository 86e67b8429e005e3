"""The quality report: one HTML page, complete offline, in Chinese and English."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from expectations import titles
from pipelines.export.labels import CHANNELS, DELIVERY_STATES, STAGES, SYNTHETIC, reason_in_words

TEMPLATE = "quality.html.j2"
ROWS_PER_REASON = 10
MOST_DELIVERIES = 500


def quality_report(
    path: Path,
    *,
    title: str,
    deliveries: pl.DataFrame,
    rejects: pl.DataFrame,
    checks: pl.DataFrame,
    synthetic: bool,
    city: Path | None = None,
    case_faults: pl.DataFrame | None = None,
) -> Path:
    """Write the page to ``path``, replacing it as a whole, and return it.

    ``city`` is the folder of the city, for the titles of its own checks. ``case_faults`` are the rows of
    mart_case_faults; at the door, before the cases are counted, there are none yet.

    Frames have the columns of the lake's deliveries, rejects and checks files, or of mart_deliveries, mart_rejects
    and mart_checks. Everything shown is escaped; no address outside the page is used. Values in ``rejects`` are
    already masked where their column is personal.
    """
    deliveries = deliveries.rename({"row_count": "rows"}, strict=False)
    checks = checks.rename({"delivery_id": "checked"}, strict=False)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(TEMPLATE).render(
        title=title,
        synthetic=SYNTHETIC if synthetic else None,
        totals=_totals(deliveries),
        deliveries=_deliveries(deliveries),
        left_out=max(deliveries.height - MOST_DELIVERIES, 0),
        reasons=_reasons(deliveries, rejects),
        checks=_checks(checks, city),
        faults=None if case_faults is None else _faults(case_faults),
        passed=checks.filter(pl.col("success")).height,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".tmp-{path.name}")
    unfinished.write_text(page, encoding="utf-8")
    unfinished.replace(path)
    return path


def _totals(deliveries: pl.DataFrame) -> dict[str, Any]:
    names = ["rows", "accepted", "repaired", "rejected", "out_of_scope"]
    sums = deliveries.select(pl.col(names).sum()).row(0, named=True)
    refused = deliveries.filter(pl.col("state") == "refused").height
    return {**sums, "deliveries": deliveries.height, "refused": refused}


def _deliveries(deliveries: pl.DataFrame) -> list[dict[str, Any]]:
    """The newest deliveries with warnings as a list and the share of rejected rows (0 to 100)."""
    share = 100 * pl.col("rejected") / pl.when(pl.col("rows") > 0).then(pl.col("rows"))
    newest = deliveries.sort("received_at", "delivery_id", descending=True, nulls_last=True).head(MOST_DELIVERIES)
    rows = newest.with_columns(share.alias("share"), pl.col("state").replace(DELIVERY_STATES).alias("state_zh"))
    return [row | {"warnings": _warnings(row)} for row in rows.iter_rows(named=True)]


def _faults(case_faults: pl.DataFrame) -> list[dict[str, Any]]:
    """The faults of the cases with channel and stage in words."""
    rows = case_faults.sort("fault", "source", "channel", "stage").iter_rows(named=True)
    return [row | {"channel_zh": CHANNELS[row["channel"]], "stage_zh": STAGES[row["stage"]]} for row in rows]


def _warnings(row: dict[str, Any]) -> list[str]:
    """What the door warned of, what the source's watch found, and what a person decided about it."""
    found = list(json.loads(row["warnings"] or "[]"))
    levels = {"stop": "拦停 stop", "warn": "提示 warning"}
    found += [f"{levels[a['level']]}: {a['zh']} · {a['en']}" for a in json.loads(row.get("alerts") or "[]")]
    if row.get("decision"):
        decision = {"let_in": "准予使用 let in", "keep_out": "不予使用 kept out"}[row["decision"]]
        found.append(f"{decision}: {row['decided_by']} · {row['decision_reason']}")
    return found


def _reasons(deliveries: pl.DataFrame, rejects: pl.DataFrame) -> list[dict[str, Any]]:
    """One entry per reason: rejected rows (from the ledger, so they add up), faults, remedy and the first rows."""
    rows: dict[str, int] = {}
    for text in deliveries["reasons"].drop_nulls():
        for reason, count in json.loads(text).items():
            rows[reason] = rows.get(reason, 0) + count
    faults = rejects.group_by("reason").agg(
        pl.len().alias("faults"),
        pl.col("remedy_zh").drop_nulls().first(),
        pl.col("remedy_en").drop_nulls().first(),
    )
    known = {row["reason"]: row for row in faults.iter_rows(named=True)}
    order = ["reason", "delivery_id", "source_row", "column_name"]
    first = rejects.sort(order, nulls_last=True).group_by("reason", maintain_order=True).head(ROWS_PER_REASON)
    shown = {str(key[0]): part.to_dicts() for key, part in first.partition_by("reason", as_dict=True).items()}
    entries = [
        {
            "reason": reason_in_words(reason),
            "rows": rows.get(reason, 0),
            "faults": known.get(reason, {}).get("faults", 0),
            "remedy_zh": known.get(reason, {}).get("remedy_zh") or "",
            "remedy_en": known.get(reason, {}).get("remedy_en") or "",
            "first": shown.get(reason, []),
        }
        for reason in rows.keys() | known.keys()
    ]
    return sorted(entries, key=lambda entry: (-entry["rows"], -entry["faults"], entry["reason"]))


def _checks(checks: pl.DataFrame, city: Path | None) -> list[dict[str, Any]]:
    """Checks that did not pass, those that stop the run first, with their titles and failing rows."""
    words = titles(city)
    failed = checks.filter(~pl.col("success")).sort("severity", "suite", "check_name", "checked")
    result = []
    for row in failed.iter_rows(named=True):
        label = words.get((row["suite"], row["check_name"]))
        rows = json.loads(row["failing_rows"] or "[]")
        result.append(
            row
            | {
                "title_zh": label.zh if label else row["check_name"],
                "title_en": label.en if label else "",
                "rows": rows,
                "headers": list(dict.fromkeys(key for one in rows for key in one)),
            }
        )
    return result
