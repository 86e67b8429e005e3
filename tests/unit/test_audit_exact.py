"""The audit's arithmetic against Python's own fractions, written here from the words of docs/audit.md."""

from __future__ import annotations

import tempfile
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.audit import audit_table

COLUMNS = ("a", "b", "c")
numbers = st.integers(-99, 999).map(lambda n: str(Decimal(n) / 10))
constants = st.sampled_from([0.5, 3, "20%", 1])


def _shapes(inner: Any) -> Any:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda p: {"sum": list(p)}),
        pair.map(lambda p: {"difference": {"of": p[0], "less": p[1]}}),
        pair.map(lambda p: {"max": list(p)}),
        st.tuples(inner, constants).map(lambda p: {"product": list(p)}),
        inner.map(lambda x: {"ramp": {"of": x, "full": 10, "target": 50, "lost_per_unit": 0.5, "floor": 2}}),
        inner.map(lambda x: {"ladder": {"of": x, "steps": [{"more_than": 9, "gives": 7}], "otherwise": 1.5}}),
        inner.map(lambda x: {"value": x, "decimals": 1}),
        pair.map(lambda p: {"from_full": {"full": 100, "less": [p[0]], "plus": [p[1]], "floor": 0, "cap": 105}}),
    )


expressions = st.recursive(st.sampled_from(COLUMNS) | constants, _shapes, max_leaves=4).filter(
    lambda e: isinstance(e, dict)
)


def worth(node: Any, row: dict[str, str]) -> Fraction:  # noqa: PLR0911
    """What the guide says the expression is worth."""
    if isinstance(node, (int, float)):
        return Fraction(str(node))
    if isinstance(node, str):
        if node in row:
            return Fraction(row[node])
        return Fraction(node[:-1]) / 100
    kind = next(key for key in node if key != "decimals")
    spec = node[kind]
    if kind == "sum":
        return worth(spec[0], row) + worth(spec[1], row)
    if kind == "difference":
        return worth(spec["of"], row) - worth(spec["less"], row)
    if kind == "max":
        return max(worth(spec[0], row), worth(spec[1], row))
    if kind == "product":
        return worth(spec[0], row) * worth(spec[1], row)
    if kind == "ramp":
        return max(Fraction(2), 10 - Fraction(1, 2) * max(Fraction(0), 50 - worth(spec["of"], row)))
    if kind == "ladder":
        return Fraction(7) if worth(spec["of"], row) > 9 else Fraction(3, 2)
    if kind == "value":
        return half_up(worth(spec, row), 1)
    total = 100 - worth(spec["less"][0], row) + worth(spec["plus"][0], row)
    return min(Fraction(105), max(Fraction(0), total))


def half_up(value: Fraction, decimals: int) -> Fraction:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return Fraction(exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


@settings(max_examples=60, deadline=None)
@given(expressions, st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=4))
def test_any_nested_rule_equals_pythons_fractions(expression: Any, rows: list[tuple[str, str, str]]) -> None:
    told = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    right = [half_up(worth(expression, row), 3) for row in told]
    wrong = [value + Fraction(1, 1000) for value in right]
    for printed, expected in ((right, []), (wrong, [(i, value) for i, value in enumerate(right, 1)])):
        with tempfile.TemporaryDirectory() as folder:
            table, rule = Path(folder) / "table.csv", Path(folder) / "rule.yaml"
            lines = [",".join([*row.values(), f"{float(v):.3f}"]) for row, v in zip(told, printed, strict=True)]
            table.write_text("\n".join(["a,b,c,x", *lines]) + "\n", encoding="utf-8")
            document = {"rules": [{"column": "x", "value": expression, "decimals": 3}]}
            rule.write_text(yaml.safe_dump(document), encoding="utf-8")
            audit = audit_table(table, rule)
        assert [(m.row, Fraction(m.computed or "0")) for m in audit.mismatches] == expected
        assert audit.cells_checked == len(rows)
