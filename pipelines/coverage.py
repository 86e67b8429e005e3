"""docs/standard-coverage.md from the registries: `python -m pipelines.coverage` makes it."""

from __future__ import annotations

from pipelines.registry import registry
from pipelines.settings import REPO

PAGE = REPO / "docs" / "standard-coverage.md"
HEAD = """# Coverage of the standards · 标准覆盖情况

Made from `standard_clauses.csv` and `indicators.csv` of `dbt_project/seeds`; `python -m pipelines.coverage` makes it.
The model `dim_standard_clauses` is the same table in the warehouse. The full text of GB/T 30428.4 is sold; what it
asks is taken from products and bulletins that follow it. GB/T 30428.4 全文未公开，条目依据实现该标准的系统和通报整理。

A code is an indicator or a measure (a count without a denominator). A city's `indicators.yaml` may add definitions.
"""


def page() -> str:
    """The whole page."""
    clauses = registry("standard_clauses").fill_null("")
    indicators = registry("indicators").fill_null("")
    lines = [HEAD]
    done = clauses.filter(clauses["answered_by"] != "").height
    lines.append(
        f"{done} of {clauses.height} clauses are implemented and tested · 共 {clauses.height} 条，已实现 {done} 条\n"
    )
    for (standard,), group in clauses.group_by("standard", maintain_order=True):
        lines += [
            f"## {standard}\n",
            "| clause · 条款 | asked · 要求 | code · 代码 | test · 测试 | remark · 说明 |",
            "|---|---|---|---|---|",
        ]
        for row in group.iter_rows(named=True):
            code = f"`{row['answered_by']}`" if row["answered_by"] else "— not implemented · 未实现"
            note = "；".join(text for text in (row["note_zh"], row["note_en"]) if text)
            asks = f"{row['asks_zh']} · {row['asks_en']}"
            lines.append(f"| `{row['clause']}` | {asks} | {code} | {row['tested_by']} | {note} |")
        lines.append("")
    lines += [
        "## Every indicator · 全部指标\n",
        "| code · 代码 | name · 名称 | definition · 定义 | time · 计入时间 |",
        "|---|---|---|---|",
    ]
    for row in indicators.sort("indicator").iter_rows(named=True):
        name = f"{row['indicator_zh']} · {row['indicator_en']}"
        definition = f"{row['definition_zh']} · {row['definition_en']}"
        lines.append(f"| `{row['indicator']}` | {name} | {definition} | {row['time_filter']} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
