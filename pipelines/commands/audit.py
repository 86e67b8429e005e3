"""Auditing tables that others have published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.commands.common import JsonOption, app, out, people, print_json
from pipelines.errors import UsageError


@app.command()
def audit(
    tables: Annotated[list[Path], typer.Argument(help="published tables (CSV)")],
    rule: Annotated[list[Path], typer.Option("--rule", help="the rule file of each table, in the same order")],
    as_json: JsonOption = False,
) -> None:
    """Recompute published tables and list every cell that does not follow; docs/audit.md teaches the rule files."""
    from pipelines.audit import audit_table  # noqa: PLC0415
    from pipelines.audit.document import document_of, tell  # noqa: PLC0415

    if len(tables) != len(rule):
        raise UsageError(
            f"{len(tables)} tables and {len(rule)} rule files", "give one --rule for each table, in the same order"
        )
    audits = [audit_table(table, file) for table, file in zip(tables, rule, strict=True)]
    if as_json:
        documents: list[dict[str, Any]] = [document_of(each) for each in audits]
        print_json(documents[0] if len(documents) == 1 else documents)
    else:
        for each in audits:
            tell(each, out, people)
    if any(each.mismatches for each in audits):
        raise typer.Exit(1)
