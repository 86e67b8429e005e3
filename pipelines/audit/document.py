"""An audit as a document for programs and as tables for people."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from pipelines.audit.check import Audit

SKIPS_SHOWN = 12


def document_of(audit: Audit) -> dict[str, Any]:
    """The JSON document of one audit; ``computed`` is text in the cell's own decimals, null where nothing should be."""
    return {
        "table": str(audit.table),
        "rule": str(audit.rule),
        "cells_checked": audit.cells_checked,
        "cells_skipped": [{"row": s.row, "column": s.column, "why": s.why} for s in audit.cells_skipped],
        "mismatches": [
            {
                "row": m.row,
                "key": m.key,
                "column": m.column,
                "published": m.published,
                "computed": m.computed,
                "why": m.why,
            }
            for m in audit.mismatches
        ],
    }


def tell(audit: Audit, out: Console, people: Console) -> None:
    """The mismatches on ``out``, what was skipped and the totals on ``people``."""
    if audit.mismatches:
        table = Table("row", "key", "column", "published", "computed", "why", title=audit.title or audit.table.name)
        for m in audit.mismatches:
            key = " · ".join(m.key.values())
            table.add_row(str(m.row), key, m.column, m.published or "(blank)", m.computed or "(nothing)", m.why)
        out.print(table)
    reasons: dict[str, list[str]] = {}
    for skip in audit.cells_skipped:
        where = "table" if skip.row is None else f"row {skip.row} {skip.column}"
        reasons.setdefault(skip.why, []).append(where)
    for why, places in reasons.items():
        more = f" and {len(places) - SKIPS_SHOWN} more" if len(places) > SKIPS_SHOWN else ""
        people.print(f"not checked: {', '.join(places[:SKIPS_SHOWN])}{more}: {why}", markup=False, soft_wrap=True)
    people.print(
        f"{audit.table.name}: {audit.cells_checked} cells checked, {len(audit.mismatches)} do not follow, "
        f"{sum(1 for s in audit.cells_skipped if s.row is not None)} skipped",
        markup=False,
        soft_wrap=True,
    )
