"""Checks of a city folder and of the installation."""

from __future__ import annotations

import typer
from rich.table import Table

from pipelines.commands.common import CityOption, HomeOption, app, out, people


@app.command()
def check(city: CityOption) -> None:
    """Validate a city folder; nothing is run."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.city.mistakes import Mistakes  # noqa: PLC0415
    from pipelines.ingest.precheck import check_mappings  # noqa: PLC0415
    from pipelines.scoring import load_schemes  # noqa: PLC0415

    loaded, mistakes = load_city(city), Mistakes()
    with mistakes.noted():
        check_mappings(loaded)
    with mistakes.noted():
        schemes = load_schemes(loaded)
    mistakes.raise_any()
    people.print(
        f"{loaded.name}: {loaded.reference['units'].height} units, {len(loaded.sources)} sources, "
        f"{len(schemes)} schemes: all right"
    )


@app.command()
def doctor(home: HomeOption = None) -> None:
    """What is installed, reachable, stale."""
    from pipelines.doctor import examine  # noqa: PLC0415

    table = Table("what", "state", "remark")
    healthy = True
    for finding in examine(home):
        healthy = healthy and finding.is_good
        table.add_row(finding.what, "good" if finding.is_good else "[red]bad[/red]", finding.remark)
    out.print(table)
    if not healthy:
        raise typer.Exit(1)
