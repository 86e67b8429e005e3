"""Fetching over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from pipelines.commands.common import CityOption, HomeOption, app, out, people, say
from pipelines.errors import UsageError
from pipelines.settings import city_home


@app.command()
def fetch(
    city: CityOption,
    source: Annotated[
        str | None, typer.Option("--source", help="one source (default: every one that has fetch:)")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Fetch what is new of the sources that say where, into their inbox; `land` or `run` takes it in from there."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.fetch import fetch_all  # noqa: PLC0415
    from pipelines.lock import city_lock  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    chosen = [s for s in loaded.sources.values() if source in (None, s.source) and (s.fetch is not None or source)]
    if not chosen:
        what = f"no source {source!r}" if source else "no source that says where it is fetched from"
        remedy = f"use one of {', '.join(loaded.sources)}" if source else "see docs/guide/fetching.md"
        raise UsageError(f"{loaded.name} has {what}", remedy)
    with city_lock(folders, say):
        done, failed = fetch_all(chosen, folders, say=say)
    for one in done:
        told = "nothing new" if one.file is None else f"{one.file}" + (f", {one.rows:,} rows" if one.rows else "")
        out.print(f"{one.source}: {told}", markup=False, soft_wrap=True)
    for other in failed[1:]:
        people.print(f"cityeval: {other}", markup=False, soft_wrap=True)
    if failed:
        raise failed[0]
