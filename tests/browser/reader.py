"""A reader at the browser: logs in, opens a page, waits for its charts, keeps a picture."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
BUSY = ".loading, [data-test='loading-indicator'], .ant-skeleton-active"
WAIT = 120_000  # milliseconds
# What a page shows in place of a chart: an error, or nothing.
FAULTS = """() => [...document.querySelectorAll(
    '.ant-alert-error, .alert-danger, [data-test="error-alert"], .ant-empty, .missing-chart-container'
  )].filter(e => e.offsetParent).map(e => {
    const holder = e.closest('.dashboard-component-chart-holder');
    return ((holder && holder.querySelector('.header-title') || {}).innerText || '?')
      + ': ' + e.innerText.slice(0, 200);
  })"""


@dataclass
class Reader:
    """One person's browser. ``outside`` collects addresses of other servers that a page asked for."""

    page: Page
    base: str
    outside: set[str] = field(default_factory=set)

    @classmethod
    def log_in(cls, browser: Browser, base: str, name: str, password: str, *, width: int = 1366) -> Reader:
        page = browser.new_context(viewport={"width": width, "height": 768}, locale="zh-CN").new_page()
        reader = cls(page, base)
        page.on("requestfinished", lambda request: reader._note(request.url))
        page.goto(f"{base}/login/", timeout=WAIT)
        page.fill("input[name=username], #username", name, timeout=WAIT)
        page.fill("input[name=password], #password", password)
        page.press("input[name=password], #password", "Enter")
        page.wait_for_url(lambda url: "/login" not in url, timeout=WAIT)
        return reader

    def open(self, city: str) -> list[str]:
        """Open a city's dashboard; returns the titles of its pages."""
        self.page.goto(f"{self.base}/superset/dashboard/{city}/?standalone=0", timeout=WAIT, wait_until="commit")
        self.page.wait_for_selector(".dashboard-component-tabs .ant-tabs-tab", timeout=WAIT)
        return [tab.inner_text() for tab in self.page.locator(".dashboard-component-tabs .ant-tabs-tab").all()]

    def show(self, title: str) -> list[str]:
        """Turn to a page and wait until every chart has drawn; returns its errors and empty charts."""
        self.page.locator(".dashboard-component-tabs .ant-tabs-tab", has_text=title).first.click()
        self.page.wait_for_selector(".ant-tabs-tabpane-active .dashboard-component-chart-holder", timeout=WAIT)
        height = self.page.evaluate("document.documentElement.scrollHeight")
        self.page.set_viewport_size({"width": self.page.viewport_size["width"], "height": min(height + 80, 4200)})  # type: ignore[index]
        self._settle()
        return list(self.page.evaluate(FAULTS))

    def keep(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(file))

    def _settle(self) -> None:
        quiet = 0
        for _ in range(WAIT // 300):
            busy = self.page.locator(BUSY).count()
            quiet = 0 if busy else quiet + 1
            if quiet >= 5:
                return
            with contextlib.suppress(Exception):
                self.page.wait_for_timeout(300)
        raise AssertionError("the page is still loading")

    def _note(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.outside.add(url)
