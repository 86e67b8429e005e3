"""The main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pipelines.city.periods import parse_as_of
from pipelines.commands.common import CityOption, HomeOption, app, people, say
from pipelines.errors import UsageError
from pipelines.settings import city_home


@app.command()
def run(
    city: CityOption,
    period: Annotated[str | None, typer.Option("--period")] = None,
    input_dir: Annotated[Path | None, typer.Option("--input", help="folder with the files of the feeds")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="local moment, 2026-10-31T23:59:59")] = None,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="rebuild the warehouse from the lake")] = False,
    home: HomeOption = None,
) -> None:
    """Land → lake → warehouse → audit → publish → release → export."""
    from pipelines.commands.answers import show_ranks  # noqa: PLC0415
    from pipelines.run import run_city  # noqa: PLC0415

    if input_dir is not None and not input_dir.is_dir():
        raise UsageError(f"--input {input_dir} is not a folder", "name the folder that holds the files")
    moment = parse_as_of(as_of) if as_of is not None else None
    result = run_city(
        city, home=home, period=period, input_dir=input_dir, as_of=moment, full_refresh=full_refresh, say=say
    )
    folders = city_home(result.city, home)
    show_ranks(folders, result.city, result.period)
    table = Table("step", "seconds", title="where the time went")
    for step, seconds in result.seconds.items():
        table.add_row(step, f"{seconds:.1f}")
    people.print(table)
    if result.late_changes:
        most = 8
        named = ", ".join(result.late_changes[-most:])
        others = len(result.late_changes) - most
        say(
            f"figures of published periods have moved: {named}{f' and {others} earlier ones' if others > 0 else ''}; "
            "`cityeval run --period P` publishes the next version of one, `cityeval diff` then tells what moved"
        )
    if result.held:
        say(
            f"not published, a late feed covers every unit of a scheme: {', '.join(result.held)}; "
            "`cityeval deliveries` tells which"
        )
    if result.unclaimed:
        say(result.unclaimed)
    people.print(f"new deliveries: {len(result.deliveries)}; new publications: {len(result.publications)}")
    people.print(f"release:  {folders.current}")
    for path in result.exports:
        people.print(f"export:   {path}")
