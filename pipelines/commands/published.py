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
    home_of,
    out,
    print_json,
    say,
)
from pipelines.settings import city_home


@app.command()
def export(
    city: CityOption,
    period: PeriodOption,
    out_dir: Annotated[Path | None, typer.Option("--out", help="folder for workbook and tables")] = None,
    home: HomeOption = None,
) -> None:
    """Workbook, tables and quality report of a period, from the current release."""
    from pipelines.answers.documents import head  # noqa: PLC0415
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.run import export as export_city  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    head(folders, loaded.name, period)
    for path in export_city(loaded, folders, period, out_dir):
        out.print(str(path), soft_wrap=True)


@app.command()
def publications(
    city: CityOption,
    as_json: JsonOption = False,
    roll_back: Annotated[str | None, typer.Option("--roll-back", help="make this release current again")] = None,
    home: HomeOption = None,
) -> None:
    """Publications with their versions, and the releases that are kept."""
    from pipelines.warehouse import publication, release  # noqa: PLC0415

    name, folders = home_of(city, home)
    if roll_back:
        release.roll_back(folders, roll_back)
        say(f"release {roll_back} is current again")
    found = publication.publications(folders.lake)
    kept = release.releases(folders)
    if as_json:
        last = {p.period: p.version for p in found}
        print_json(
            {
                "city": name,
                "publications": [
                    {
                        k: p.manifest[k]
                        for k in (
                            "period",
                            "period_type",
                            "version",
                            "as_of",
                            "code_version",
                            "scheme_versions",
                            "input_hash",
                            "figures_hash",
                        )
                    }
                    | {"state": "current" if last[p.period] == p.version else "superseded"}
                    for p in found
                ],
                "releases": [{"release": r.release_id, "current": r.is_current} for r in kept],
            }
        )
        return
    table = Table("period", "version", "as of", "schemes", "code", title="publications")
    for p in found:
        table.add_row(
            p.period, str(p.version), p.manifest["as_of"], p.manifest["scheme_versions"], p.manifest["code_version"]
        )
    out.print(table)
    for r in kept:
        out.print(f"{'→' if r.is_current else ' '} release {r.release_id}")
