"""The dashboards: started, set up, brought back into files, checked. Superset runs in its own environment."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.common import (
    CityOption,
    HomeOption,
    PeriodOption,
    app,
    file_can_be_written,
    home_of,
    print_json,
    say,
)
from pipelines.errors import DataError
from pipelines.settings import Settings

dashboards = typer.Typer(no_args_is_help=True, help="Superset: the pages leaders read.")
app.add_typer(dashboards, name="dashboards")

CitiesOption = Annotated[list[str] | None, typer.Option("--city", help="cities to show (default: CITYEVAL_CITIES)")]
ForceOption = Annotated[bool, typer.Option("--force", help="overwrite what was changed by hand")]
AddressOption = Annotated[str, typer.Option("--bind", help="host:port; anything but loopback needs a reverse proxy")]


def _cities(city: list[str] | None) -> list[str]:
    return city or [name.strip() for name in Settings().cities.split(",")]


@dashboards.command()
def bootstrap(city: CitiesOption = None, force: ForceOption = False, home: HomeOption = None) -> None:
    """Set up metadata, roles and pages; what is done is skipped."""
    from pipelines import screens  # noqa: PLC0415 keeps --help fast

    shown = screens.write_cities(home, _cities(city))
    say(f"dashboards of {', '.join(shown)}")
    screens.python(home, "-m", "dashboards.bootstrap", *(["--force"] if force else []))


@dashboards.command()
def up(city: CitiesOption = None, home: HomeOption = None, bind: AddressOption = "127.0.0.1:8088") -> None:
    """Set up where needed, then serve until stopped."""
    from pipelines import screens  # noqa: PLC0415

    try:
        bootstrap(city=city, force=False, home=home)
    except DataError as error:
        say(f"{error}; the pages are served as they stand")
    say(f"http://{bind}")
    screens.serve(home, bind)


@dashboards.command(name="export")
def export_edits(city: CitiesOption = None, home: HomeOption = None) -> None:
    """Bring what was changed by hand back into dashboards/assets/edits."""
    from pipelines import screens  # noqa: PLC0415

    screens.write_cities(home, _cities(city))
    screens.python(home, "-m", "dashboards.live")


@dashboards.command()
def user(
    people: Annotated[list[str], typer.Argument(help="NAME:ROLE:SCOPE …")],
    new_password: Annotated[bool, typer.Option("--new-password", help="also for people who are there already")] = False,
    home: HomeOption = None,
) -> None:
    """Create people or set their roles, e.g. `wang:district_leader:demo/D1`; prints new passwords once, as JSON."""
    from pipelines import screens  # noqa: PLC0415

    print_json(dict(screens.people(home, people, new_password=new_password)))


@dashboards.command()
def picture(
    city: CityOption,
    period: PeriodOption,
    out: Annotated[Path, typer.Option("--out", help="FILE.png, or FILE.pdf (one A4 sheet)")],
    bind: Annotated[str | None, typer.Option("--bind", help="a running server to ask (default: start one)")] = None,
    home: HomeOption = None,
) -> None:
    """Picture of a month's overview for the bulletin, made by a browser without a window (needs chromium)."""
    from pipelines.screens.picture import take_picture  # noqa: PLC0415

    file_can_be_written(out)
    take_picture(home_of(city, home)[0], period, out, home=home, bind=bind)
    say(f"{out}")


@dashboards.command()
def check(bind: AddressOption = "127.0.0.1:8088") -> None:
    """Whether the server answers with a login page; its own /health says yes while every page fails."""
    try:
        with urllib.request.urlopen(f"http://{bind}/login/", timeout=15) as answer:
            page = answer.read().decode("utf-8", "replace")
    except (urllib.error.URLError, TimeoutError) as error:
        raise DataError(f"http://{bind}/login/ does not answer: {error}", "start `cityeval dashboards up`") from error
    if "data-bootstrap" not in page:
        raise DataError(f"http://{bind}/login/ answers, but not with Superset's page", "read what the server prints")
    say(f"http://{bind} answers")
