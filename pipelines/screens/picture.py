"""The monthly picture of the overview for the bulletin, made by a browser without a window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import DataError, UsageError
from pipelines.screens.environment import people, served, shown_cities
from pipelines.screens.reader import CHROMIUM, Reader, chromium
from pipelines.settings import city_home

if TYPE_CHECKING:
    from playwright.sync_api import Page

READER = "bulletin"  # the person who is logged in for the picture: a leader of the city, with a new password each time
FORMS = (".png", ".pdf")
A4 = (210 / 25.4 * 96, 297 / 25.4 * 96)  # width and height in CSS pixels


def check_wish(city: str, period: str, out: Path, home: Path | None) -> None:
    """Raises UsageError where the form of the file is unknown, or city or month are not on the screens."""
    if out.suffix not in FORMS:
        raise UsageError(f"{out.name}: pictures are made as {' or '.join(FORMS)}", "name the file accordingly")
    if city not in shown_cities(home):
        raise UsageError(f"{city} is not on the dashboards", f"`cityeval dashboards bootstrap --city {city}` first")
    from pipelines.warehouse import read_release  # noqa: PLC0415 starts DuckDB

    months = read_release(
        city_home(city, home),
        "select period from mart_periods where period_type = 'month' and ends_on <= as_of order by period",
    )["period"].to_list()
    if period not in months:
        told = f"{months[0]} to {months[-1]}" if months else "none"
        raise UsageError(f"the release of {city} has no complete month {period}", f"months that it has: {told}")


def take_picture(city: str, period: str, out: Path, *, home: Path | None, bind: str | None = None) -> None:
    """The overview of ``city`` in ``period`` as a PNG, or as one A4 sheet (PDF).

    ``bind`` names a running server of this home; without it one is started for as long as it takes.
    Raises UsageError for a wrong wish and DataError where a chart shows an error or the server does not answer.
    """
    check_wish(city, period, out, home)
    password = people(home, [f"{READER}-{city}:leader:{city}"], new_password=True)[f"{READER}-{city}"]
    server = nullcontext(f"http://{bind}") if bind else served(home)
    with server as base, chromium() as browser, _told_plainly(base):
        reader = Reader.log_in(browser, base, f"{READER}-{city}", password)
        reader.open(city, period, bare=True)
        faults = reader.settle()
        if faults:
            raise DataError(f"the overview of {city} {period} is not whole: " + "; ".join(faults), "see the page")
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".png":
            reader.keep(out)
        else:
            _sheet(reader.page, out)


def monthly_picture(city: str, period: str, out: Path, *, home: Path | None) -> str:
    """The picture for the bulletin after a publication, where it can be made; returns why not, blank where it is made.

    Screens and browser are no part of a run: what they lack, or what goes wrong with them, is told and fails nothing.
    """
    try:
        if not CHROMIUM.exists():
            return f"no browser at {CHROMIUM}: apt-get install chromium fonts-noto-cjk"
        take_picture(city, period, out, home=home)
    except Exception as error:  # whatever it is, the figures are published already
        return str(error) or type(error).__name__
    return ""


def _sheet(page: Page, out: Path) -> None:
    """One A4 sheet that looks like the window: as wide as the paper, less where the page is longer than a sheet."""
    page.emulate_media(media="screen")
    width, height = int(page.evaluate("innerWidth")), int(page.evaluate("innerHeight"))
    scale = min(A4[0] / width, A4[1] / height)
    page.pdf(path=str(out), format="A4", scale=max(scale, 0.1), print_background=True, page_ranges="1")


@contextmanager
def _told_plainly(base: str) -> Iterator[None]:
    """What the browser waits for in vain is told in one line, not as a traceback."""
    from playwright.sync_api import Error  # noqa: PLC0415

    try:
        yield
    except Error as error:
        raise DataError(f"{base}: {error.message.splitlines()[0]}", "look at what the server prints") from error
