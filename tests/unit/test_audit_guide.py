"""docs/audit.md: every table of the guide is audited with the rule file below it and must report what the guide says.

The reports were worked out by hand from the tables.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.audit import audit_table

GUIDE = Path(__file__).parents[2] / "docs" / "audit.md"
FENCE = re.compile(r"^```(csv|yaml|report)(?: (\S+))?\n(.*?)^```$", re.M | re.S)


def examples() -> list[tuple[str, dict[str, str], str, str]]:
    """(heading or first line of the rule, tables by file name, rule, report) of each example."""
    found, tables, rule = [], {}, ""
    for kind, name, text in FENCE.findall(GUIDE.read_text(encoding="utf-8")):
        if kind == "csv":
            tables[name or "table.csv"] = text
        elif kind == "yaml":
            rule = text
        else:
            label = "+".join(re.findall(r"^- column: (\w+)", rule, re.M))
            found.append((f"{len(found) + 1}-{label}", tables, rule, text))
            tables, rule = {}, ""
    return found


EXAMPLES = examples()


def test_the_guide_has_an_example_of_every_shape() -> None:
    rules = "\n".join(rule for _, _, rule, _ in EXAMPLES)
    shapes = "rank award grade attainable ratio share sum product max min difference change weighted_sum ramp ladder"
    shapes += " per_event from_full value mean sum_rows count_rows total cell earlier"
    assert [s for s in shapes.split() if not re.search(rf"\b{s}:", rules)] == ["max"]  # max is min the other way round
    assert all(tables and rule for _, tables, rule, _ in EXAMPLES)


@pytest.mark.parametrize(("tables", "rule", "report"), [e[1:] for e in EXAMPLES], ids=[e[0] for e in EXAMPLES])
def test_an_example_of_the_guide(tmp_path: Path, tables: dict[str, str], rule: str, report: str) -> None:
    for name, text in tables.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "rule.yaml").write_text(rule, encoding="utf-8")
    audit = audit_table(tmp_path / "table.csv", tmp_path / "rule.yaml")
    said = [
        (m.row, m.column, f"row {m.row} {m.column}: {m.published} should be {m.computed or 'blank'}")
        for m in audit.mismatches
    ]
    said += [(s.row or 0, s.column or "", f"row {s.row} {s.column}: not checked") for s in audit.cells_skipped]
    expected = [] if report.strip() == "nothing" else report.strip().splitlines()
    assert sorted(line for _, _, line in said) == sorted(expected)
    assert audit.cells_checked > 0
