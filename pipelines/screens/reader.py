"""A reader at the browser: logs in, opens a city's dashboard, turns to a page, waits until its charts have drawn."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pipelines.errors import DataError, UsageError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
# Maps need WebGL, which a machine without a graphics card does in software.
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
WAIT = 120_000  # milliseconds
LOOKS = 20
TABS = ".dashboard-component-tabs .ant-tabs-tab"
# Every chart of the page in front has drawn: nothing turns any more, and each holder shows a chart or says why not.
DRAWN = """() => {
  const holder = '.dashboard-component-chart-holder';
  const charts = [...document.querySelectorAll(holder)].filter(e => e.offsetParent);
  const shows = 'canvas, table, .header-line, .ant-empty, .ant-alert-error, [data-test="error-alert"]';
  return charts.length > 0 && charts.every(e => e.querySelector(shows))
    && !document.querySelector('.loading, [data-test="loading-indicator"], .ant-skeleton-active');
}"""
BOTTOM = """() => Math.max(...[...document.querySelectorAll('.dashboard-component-chart-holder')]
  .filter(e => e.offsetParent).map(e => e.getBoundingClientRect().bottom + scrollY)) + 24"""
# What a page shows in place of a chart: an error, or nothing.
FAULTS = """() => [...document.querySelectorAll(
    '.ant-alert-error, .alert-danger, [data-test="error-alert"], .ant-empty, .missing-chart-container'
  )].filter(e => e.offsetParent).map(e => {
    const holder = e.closest('.dashboard-component-chart-holder');
    return ((holder && holder.querySelector('.header-title') || {}).innerText || '?')
      + ': ' + e.innerText.slice(0, 200);
  })"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium without a window. Raises UsageError where it is not installed."""
    if not CHROMIUM.exists():
        raise UsageError(f"there is no browser at {CHROMIUM}", "apt-get install chromium fonts-noto-cjk")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 only who takes pictures waits for it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Reader:
    """One person's browser. ``outside`` collects addresses of other servers that a page asked for."""

    page: Page
    base: str
    outside: set[str] = field(default_factory=set)

    @classmethod
    def log_in(cls, browser: Browser, base: str, name: str, password: str, *, width: int = 1366) -> Reader:
        """Raises DataError, with what the page shows, where the login is not sent or does not hold."""
        from playwright.sync_api import TimeoutError as TooLate  # noqa: PLC0415

        page = browser.new_context(viewport={"width": width, "height": 768}, locale="zh-CN").new_page()
        reader = cls(page, base)
        page.on("requestfinished", lambda request: reader._note(request.url))
        page.set_default_timeout(WAIT)
        page.goto(f"{base}/login/")
        page.fill("input[name=username], #username", name)
        page.fill("input[name=password], #password", password)
        try:
            with page.expect_response(lambda answer: answer.request.method == "POST" and _is_login(answer.url)) as sent:
                page.press("input[name=password], #password", "Enter")
            is_refused = _is_login(sent.value.headers.get("location", "/login/"))
            if not is_refused:
                page.wait_for_url(lambda url: not _is_login(url), wait_until="commit")
        except TooLate:
            is_refused = True
        if is_refused or page.request.get(f"{base}/api/v1/me/").status != 200:
            page.wait_for_timeout(3000)  # for the page to say why
            shown = " / ".join(page.inner_text("body").split("\n"))[:300]
            raise DataError(
                f"{base}: {name} is not logged in; the page {page.url} shows: {shown}",
                "correct name or password, or look at what the server prints",
            )
        return reader

    def open(self, city: str, period: str | None = None, *, bare: bool = False) -> list[str]:
        """Open a city's dashboard, of the newest month or ``period``.

        Returns the titles of its pages; ``bare`` is its first page without menu, filters and tabs.
        """
        address = f"{self.base}/superset/dashboard/{city}/?standalone={3 if bare else 0}"
        if period:
            address += f"&native_filters={quote(_month(period))}"
        self.page.goto(address, wait_until="commit")
        self.page.wait_for_selector(".dashboard-component-chart-holder")
        if bare:  # menus say nothing on paper
            self.page.add_style_tag(content=".header-controls { display: none !important; }")
        return [tab.inner_text() for tab in self.page.locator(TABS).all()]

    def show(self, title: str, *, width: int | None = None) -> list[str]:
        """Turn to a page and wait until every chart has drawn; returns its errors and empty charts."""
        self.page.locator(TABS, has_text=title).first.click()
        return self.settle(width=width)

    def settle(self, *, width: int | None = None) -> list[str]:
        """Wait until every chart in front has drawn in a window as tall as the page; returns its faults."""
        self.page.wait_for_function(DRAWN)
        size = self.page.viewport_size or {"width": 1366, "height": 768}
        height = max(int(self.page.evaluate(BOTTOM)), 768)
        self.page.set_viewport_size({"width": width or size["width"], "height": min(height, 4200)})
        self.page.wait_for_timeout(600)  # charts are drawn anew for the new size, and move while they are
        self.page.wait_for_function(DRAWN)
        self._wait_until_still()
        faults = list(self.page.evaluate(FAULTS))
        for _ in range(LOOKS):
            if not any(fault.endswith(": ") for fault in faults):  # one that says nothing yet is still being drawn
                break
            self.page.wait_for_timeout(500)
            self.page.wait_for_function(DRAWN)
            faults = list(self.page.evaluate(FAULTS))
        return faults

    def rest(self) -> None:
        """Show nothing until the next page is opened: one that is open goes on asking and drawing."""
        self.page.goto("about:blank")

    def keep(self, file: Path) -> None:
        """A picture of the window."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(file))

    def _wait_until_still(self) -> None:
        """Lines grow into their charts, slowly where the machine is busy: wait until two looks are the same."""
        before = b""
        for _ in range(LOOKS):
            now = self.page.screenshot()
            if now == before:
                return
            before = now
            self.page.wait_for_timeout(300)

    def _note(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.outside.add(url)


def _is_login(url: str) -> bool:
    return urlsplit(url).path == "/login/"


def _month(period: str) -> str:
    """The filter of months set to ``period``, in the notation (rison) of Superset's addresses."""
    key = "NATIVE_FILTER-month"
    chosen = f"extraFormData:(filters:!((col:period,op:IN,val:!('{period}')))),filterState:(value:!('{period}'))"
    return f"({key}:(id:{key},{chosen}))"
