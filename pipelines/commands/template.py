"""The command that writes a workbook to be filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipelines.commands.common import CityOption, app, file_can_be_written, people
from pipelines.errors import UsageError


@app.command()
def template(
    city: CityOption,
    to: Annotated[Path, typer.Option("--out", help="write this workbook")],
    source: Annotated[str | None, typer.Option("--source", help="as this source of the city reads it")] = None,
    contract: Annotated[
        str | None, typer.Option("--contract", help="as the contract says, in Chinese headings")
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="with --contract: write the source that reads it, a YAML file")
    ] = None,
) -> None:
    """A workbook for whoever delivers: headings, lists of accepted values, and every column explained."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.contracts import DELIVERED  # noqa: PLC0415
    from pipelines.template import mapping_of, of_contract, of_source, write_template  # noqa: PLC0415
    from pipelines.template.mapping import mapping_text  # noqa: PLC0415

    loaded = load_city(city)
    if (source is None) == (contract is None):
        choice = f"sources: {', '.join(loaded.sources)}; contracts: {', '.join(DELIVERED)}"
        raise UsageError("template needs either --source or --contract", choice)
    if to.suffix.lower() != ".xlsx":
        raise UsageError(f"--out {to} is not a workbook", "give it a name that ends in .xlsx")
    if mapping is not None and contract is None:
        raise UsageError("--mapping belongs to --contract", "a source is described already: leave it out")
    layout = None
    if source is not None:
        if source not in loaded.sources:
            raise UsageError(f"{loaded.name} has no source {source!r}", f"use one of {', '.join(loaded.sources)}")
        described = loaded.sources[source]
        record, headings, title = DELIVERED[described.contract], of_source(described, loaded), described.title.zh
        layout = described.xlsx
    else:
        if contract not in DELIVERED:
            raise UsageError(f"there is no contract {contract!r}", f"use one of {', '.join(DELIVERED)}")
        record = DELIVERED[contract]
        headings, title = of_contract(record, loaded), record.zh
    file_can_be_written(to)
    file_can_be_written(mapping)
    write_template(to, f"{loaded.settings.title.zh} · {title} · 填报模板 Template", record, headings, layout)
    people.print(f"written: {escape(str(to))}, {len(headings)} columns", soft_wrap=True)
    if mapping is not None:
        mapping.write_text(mapping_text(mapping_of(record, headings, mapping.stem)), encoding="utf-8")
        people.print(f"written: {escape(str(mapping))}: put it below sources/ of the city", soft_wrap=True)
