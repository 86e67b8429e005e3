"""The command that drafts a city folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pipelines.commands.common import app, folder_can_be_written, out, people


@app.command("new-city")
def new_city(
    name: Annotated[str, typer.Argument(help="name of the city: small letters, digits and _")],
    samples: Annotated[list[Path], typer.Option("--from", help="a sample file; may be given several times")],
    more: Annotated[list[Path] | None, typer.Argument(help="further sample files")] = None,
    to: Annotated[Path, typer.Option("--out", help="folder in which the city's folder is made")] = Path("cities"),
) -> None:
    """Draft a city folder from sample files; every guess is marked for a person to correct."""
    from pipelines.draft import draft_city  # noqa: PLC0415 keeps --help fast

    folder_can_be_written(to)
    result = draft_city(name, [*samples, *(more or [])], to)
    table = Table("source", "contract", "headers used", "columns filled", "files")
    for draft in (*result.sources, *result.undecided):
        table.add_row(
            draft.name if not draft.lacking else f"{draft.name} (undecided)",
            draft.contract.name,
            f"{len(draft.headers_used)} of {len(draft.sample.headers)}",
            f"{len(draft.columns)} of {len(draft.contract.columns)}",
            ", ".join(draft.files),
        )
    out.print(table)
    for line in result.todo:
        out.print(line, markup=False, soft_wrap=True)
    people.print(
        f"drafted: {result.folder} → correct it, then `cityeval check --city {result.folder}`",
        markup=False,
        soft_wrap=True,
    )
