"""Checks of a city folder and of the installation."""

from __future__ import annotations

import typer
from rich.table import Table

from pipelines.commands.common import CityOption, HomeOption, app, home_of, out, people, say


@app.command()
def check(city: CityOption) -> None:
    """Validate a city folder; nothing is run."""
    from expectations import check_city_suites  # noqa: PLC0415
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.city.mistakes import Mistakes  # noqa: PLC0415
    from pipelines.ingest.precheck import check_mappings  # noqa: PLC0415
    from pipelines.scoring import load_schemes  # noqa: PLC0415

    loaded, mistakes = load_city(city), Mistakes()
    with mistakes.noted():
        check_mappings(loaded)
    with mistakes.noted():
        check_city_suites(loaded.folder)
    with mistakes.noted():
        schemes = load_schemes(loaded)
    mistakes.raise_any()
    people.print(
        f"{loaded.name}: {loaded.reference['units'].height} units, {len(loaded.sources)} sources, "
        f"{len(schemes)} schemes: all right"
    )


@app.command(name="rotate-key")
def rotate_key(city: CityOption, home: HomeOption = None) -> None:
    """Put a new secret key in place of the one that reporters are hashed under; the old one is gone then."""
    from pipelines.ingest.reporter_key import rotate_key as rotate  # noqa: PLC0415
    from pipelines.lock import city_lock  # noqa: PLC0415

    name, folders = home_of(city, home)
    with city_lock(folders, say):
        old, new = rotate(folders)
    people.print(f"{name}: key {old} → {new}; hashes made under the old one begin with {old}-")
    people.print(f"  → `cityeval land --again --city {name}` hashes again what is still in landing")


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
