"""A list that shows the first rows says how many more there are, and how to see them."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.commands import explained

DOCUMENT = {"city": "demo", "period": "2026-10", "unit_code": "S1"}


def _item(count: int, listed: int, indicator: str | None = "closure_rate") -> dict[str, Any]:
    row = {"case_id": "A1", "due_at": None, "handled_at": None, "closed_at": None, "value": 1}
    rows = [row | {"source_file": "a.csv", "source_row": n} for n in range(listed)]
    return {
        "scheme": "streets", "item": "closing", "item_zh": "结案", "indicator": indicator, "channel": "grid",
        "costs": {"kind": "cases", "count": count, "rows": rows},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("item", "zh", "en"),
    [
        (_item(0, 0), "", ""),
        (_item(10, 10), "", ""),
        (_item(11, 11), "另有 1 条未列出：加 --json 列出全部", "1 more are not shown: --json lists all of them"),
        (
            _item(73, 50, None),
            "另有 63 条未列出：加 --json 列出前 50 条",
            "63 more are not shown: --json lists the first 50",
        ),
        (
            _item(73, 50),
            "另有 63 条未列出：加 --json 列出前 50 条；`cityeval indicators --city demo --period 2026-10 --unit S1 "
            "--indicator closure_rate --channel grid --explain --page N` 逐页列出指标背后的全部",
            "63 more are not shown: --json lists the first 50; `cityeval indicators --city demo --period 2026-10 "
            "--unit S1 --indicator closure_rate --channel grid --explain --page N` "
            "turns the pages of all that the figure counts",
        ),
    ],
)
def test_what_is_left_out_is_told(item: dict[str, Any], zh: str, en: str) -> None:
    assert explained.left_out(item, DOCUMENT, "zh") == zh
    assert explained.left_out(item, DOCUMENT, "en") == en


def test_the_table_is_followed_by_it(capsys: pytest.CaptureFixture[str]) -> None:
    explained._costs(_item(12, 12), DOCUMENT, "en")
    shown = capsys.readouterr().out
    assert shown.count("a.csv") == 10
    assert shown.rstrip().endswith("2 more are not shown: --json lists all of them")
