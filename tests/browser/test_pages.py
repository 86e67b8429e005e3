"""Each role opens every page; every chart draws, none is empty, nothing is fetched from elsewhere. Pictures: build/."""

from __future__ import annotations

import pytest
from playwright.sync_api import sync_playwright

from pipelines.settings import REPO
from tests.browser.conftest import Screens
from tests.browser.reader import ARGUMENTS, CHROMIUM, Reader

PAGES = ["总览", "排名", "单位画像", "热线", "数字城管", "环卫市场化", "满意度", "数据质量"]
# A district's own pages; the others hold figures of the whole city's departments and contractors.
DISTRICT = ["总览", "排名", "单位画像"]


@pytest.mark.parametrize(("name", "titles"), [("lead", PAGES), ("east", DISTRICT), ("judge", PAGES[:1])])
def test_every_chart_draws(screens: Screens, name: str, titles: list[str]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        reader = Reader.log_in(browser, screens.base, name, screens.passwords[name])
        assert reader.open("demo") == PAGES
        assert "合成数据" in reader.page.locator(".header-with-actions, .dashboard-header").first.inner_text()
        faults = {}
        for number, title in enumerate(titles, start=1):
            faults[title] = reader.show(title)
            reader.keep(REPO / "build" / "screens" / f"{name}_{number}.png")
        assert {title: found for title, found in faults.items() if found} == {}
        assert reader.outside == set()
        browser.close()
