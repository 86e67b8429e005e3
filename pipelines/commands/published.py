"""What has been published, and exports of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pipelines.commands.common import (
    CityOption,
    HomeOption,
    JsonOption,
    PeriodOption,
    app,
    folder_can_be_written,
    out,
    people,
    print_json,
    say,
)
from pipelines.settings import city_home

MANIFEST = (
    "period",
    "period_type",
    "version",
    "as_of",
    "published_at",
    "code_version",
    "scheme_versions",
    "input_hash",
    "figures_hash",
)


@app.command()
def export(
    city: CityOption,
    period: PeriodOption,
    out_dir: Annotated[Path | None, typer.Option("--out", help="folder for workbook and tables")] = None,
    home: HomeOption = None,
) -> None:
    """Workbook, tables and quality report of a period, from the current release."""
    from pipelines.answers.reading import head  # noqa: PLC0415
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.run import export as export_city  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    head(folders, loaded.name, period)
    folder_can_be_written(out_dir)
    for path in export_city(loaded, folders, period, out_dir):
        out.print(str(path), soft_wrap=True)


@app.command()
def publications(
    city: CityOption,
    as_json: JsonOption = False,
    roll_back: Annotated[str | None, typer.Option("--roll-back", help="make this release current again")] = None,
    home: HomeOption = None,
) -> None:
    """Publications with their versions and states, and the releases that are kept."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.scoring import load_schemes  # noqa: PLC0415
    from pipelines.warehouse import publication, release  # noqa: PLC0415
    from pipelines.warehouse.approvals import read_approvals, state_of  # noqa: PLC0415
    from pipelines.warehouse.objections import open_until  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    if roll_back:
        release.roll_back(folders, roll_back)
        say(f"release {roll_back} is current again")
    found, kept = publication.publications(folders.lake), release.releases(folders)
    last, approved = publication.latest(folders.lake), read_approvals(folders.lake)
    schemes = load_schemes(loaded)
    rows = []
    for p in found:
        approval, ends = approved.get((p.period, p.version)), open_until(p, loaded, schemes)
        rows.append(
            {key: p.manifest[key] for key in MANIFEST}
            | {
                "state": state_of(p, last, approved),
                "approved_by": approval.approved_by if approval else None,
                "approved_at": approval.approved_at.isoformat(timespec="seconds") if approval else None,
                "note": approval.note if approval else None,
                "open_until": ends.isoformat() if ends else None,
            }
        )
    if as_json:
        listed = [{"release": r.release_id, "current": r.is_current} for r in kept]
        print_json({"city": loaded.name, "publications": rows, "releases": listed})
        return
    table = Table("period", "version", "state", "approved by", "as of", "schemes", "code", title="publications")
    for row in rows:
        shown = (row[key] or "" for key in ("state", "approved_by", "as_of", "scheme_versions", "code_version"))
        table.add_row(row["period"], str(row["version"]), *shown)
    out.print(table)
    for r in kept:
        out.print(f"{'→' if r.is_current else ' '} release {r.release_id}")


@app.command()
def diff(
    city: CityOption,
    period: PeriodOption,
    before: Annotated[int | None, typer.Option("--from", help="version before (default: the one before --to)")] = None,
    after: Annotated[int | None, typer.Option("--to", help="version after (default: the last)")] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Every cell that moved between two versions of a publication, and why."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.warehouse.differences import difference  # noqa: PLC0415

    loaded = load_city(city)
    parents = dict(loaded.reference["units"].select("unit_code", "parent_code").iter_rows())
    found = difference(city_home(loaded.name, home).lake, period, parents, before, after)
    if as_json:
        print_json({"city": loaded.name, "period": period, "from": found.before, "to": found.after,
                    "causes": found.causes, "cells": found.cells, "cases": found.cases})  # fmt: skip
        return
    for cause in found.causes:
        out.print(cause, markup=False, soft_wrap=True)
    title = f"{period}: version {found.before} → {found.after}"
    table = Table("unit", "scheme / indicator", "column", "before", "after", "why", title=title)
    scored = [cell for cell in found.cells if cell["table"] not in ("mart_counts", "mart_indicators")]
    for cell in scored:
        what = " · ".join(str(cell[key]) for key in ("scheme", "item", "kind", "consequence") if cell.get(key))
        table.add_row(cell["unit_name"], what, cell["column"], cell["before"], cell["after"], cell["why"])
    out.print(table)
    rest = len(found.cells) - len(scored)
    people.print(
        f"{len(found.cells)} cells moved ({rest} of them counts and indicators: --json), {len(found.cases)} cases"
    )


@app.command()
def approve(
    city: CityOption,
    period: PeriodOption,
    by: Annotated[str, typer.Option("--by", help="who approves: name and post")],
    note: Annotated[str, typer.Option("--note", help="what is to be kept with the approval")] = "",
    early: Annotated[str, typer.Option("--early", help="reason for not waiting until objections are closed")] = "",
    home: HomeOption = None,
) -> None:
    """Make the draft of a period final, under a name; screens and exports show it at once."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.lock import city_lock  # noqa: PLC0415
    from pipelines.run import export as export_city  # noqa: PLC0415
    from pipelines.scoring import load_schemes  # noqa: PLC0415
    from pipelines.warehouse import approvals  # noqa: PLC0415
    from pipelines.warehouse.release import make_release  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    with city_lock(folders, say):
        approval = approvals.approve(loaded, load_schemes(loaded), folders, period, by=by, note=note, early=early)
        make_release(folders)
        paths = export_city(loaded, folders, period)
    say(f"{period} version {approval.version} is final: approved by {approval.approved_by}")
    for path in paths:
        out.print(str(path), soft_wrap=True)


@app.command()
def regenerate(
    city: CityOption,
    period: PeriodOption,
    version: Annotated[int | None, typer.Option("--version", help="default: the last")] = None,
    out_dir: Annotated[Path | None, typer.Option("--out", help="write its workbook and tables here")] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Make a published version again from its frozen inputs, and tell whether it is the same, row by row."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.lock import city_lock  # noqa: PLC0415
    from pipelines.warehouse.regenerate import regenerate as made_again  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    folder_can_be_written(out_dir)
    with city_lock(folders, say):
        done = made_again(loaded, folders, period, version, out_dir)
    made_by, number = done.publication.manifest["code_version"], done.publication.version
    if as_json:
        print_json({"city": loaded.name, "period": period, "version": number, "is_equal": done.is_equal,
                    "made_by": made_by, "running": done.running, "marts": done.marts,
                    "exports": [str(path) for path in done.exports]})  # fmt: skip
    else:
        different = [mart for mart, is_equal in done.marts.items() if not is_equal]
        told = f"differs in {', '.join(different)}" if different else f"equal, {len(done.marts)} tables row by row"
        out.print(f"{period} version {number}: {told}", soft_wrap=True)
        for path in done.exports:
            out.print(str(path), soft_wrap=True)
    if made_by != done.running:
        people.print(f"it was made by program {made_by}, this is {done.running}", soft_wrap=True)
    if not done.is_equal:
        people.print(f"  → check out {made_by} to make it with the program that made it", soft_wrap=True)
        raise typer.Exit(1)
