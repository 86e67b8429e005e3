"""Mistakes in a rule file: the line, the key and what to do, as the person who made them reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.audit import audit_table
from pipelines.errors import UsageError

TABLE = "squad,due,closed,rate,points\nEast,200,190,95.0%,1\nWest,100,90,90.0%,2\n"
HEAD = "key: [squad]\nrules:\n- column: rate\n"


@pytest.mark.parametrize(
    ("rule", "line", "words"),
    [
        (HEAD + "  ratio: {of: clsoed, over: due}\n", 3, "no column 'clsoed'; did you mean 'closed'"),
        (HEAD + "  sum: [20%, clsoed]\n", 3, "no column 'clsoed'"),
        (HEAD + "  max: [due, clsoed]\n", 3, "no column 'clsoed'"),
        (HEAD + "  ratoi: {of: closed, over: due}\n", 4, "did you mean 'ratio'"),
        (
            HEAD + "  weighted_sum: {parts: [{of: due, weight: 0.5}, {of: closed, weight: 40%}]}\n",
            4,
            "add to 0.9, not 1",
        ),
        (
            HEAD + "  ladder: {of: due, steps: [{at_least: 8, gives: 1}, {at_least: 9, gives: 2}], otherwise: 0}\n",
            4,
            "highest",
        ),
        (HEAD + "  ladder: {of: due, steps: [{at_least: 8, gives: 1}]}\n", 4, "otherwise"),
        (HEAD + "  ramp: {of: due, full: 10, target: 95}\n", 4, "full, target and lost_per_unit go together"),
        (HEAD + "  ramp: {of: due, full: 10, target: 95, lost_per_unit: 1, floor: 11}\n", 4, "floor lies above full"),
        (HEAD + "  from_full: {full: 10, less: due, floor: 12, cap: 3}\n", 4, "cap 3 lies below floor 12"),
        (HEAD + "  share: {of: closed, in: {total: closed}}\n", 3, "needs to know the total row"),
        (HEAD + "  mean: score\n  table: survey\n  join: {a: squad}\n", 3, "'survey' is not declared"),
        (HEAD + "  rank: {by: due}\n  sum: [due]\n", 3, "exactly one shape"),
        ("inputs: [rate]\nrules:\n- column: rate\n  sum: [due]\n", 3, "declared as an input"),
        # 95 where the cells say 95 %: nobody could ever reach it
        (
            HEAD + "- column: points\n  ramp: {of: rate, full: 9, target: 95, lost_per_unit: 1}\n",
            3,
            "exactly one shape",
        ),
        (
            "rules:\n- column: points\n  ramp: {of: rate, full: 9, target: 95, lost_per_unit: 1}\n",
            2,
            "never reaches 95",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, rule: str, line: int, words: str) -> None:
    (tmp_path / "table.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "rule.yaml").write_text(rule, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        audit_table(tmp_path / "table.csv", tmp_path / "rule.yaml")
    assert f"rule.yaml:{line}: " in str(caught.value)
    assert words in str(caught.value)


def test_words_for_places_and_ranks_in_words(tmp_path: Path) -> None:
    """Worked by hand: 90 is best, 70 last; the word for the second-last stands on the wrong row."""
    (tmp_path / "table.csv").write_text(
        "unit,score,place\nA,90,冠军\nB,85,倒数第二名\nC,80,第3名\nD,70,最后一名\n", encoding="utf-8"
    )
    (tmp_path / "rule.yaml").write_text(
        "key: [unit]\nwords: {冠军: 1, 最后一名: last, 倒数第二名: second_last}\n"
        "rules:\n- column: place\n  rank: {by: score}\n",
        encoding="utf-8",
    )
    audit = audit_table(tmp_path / "table.csv", tmp_path / "rule.yaml")
    assert [(m.row, m.published, m.computed) for m in audit.mismatches] == [(2, "倒数第二名", "2")]
    assert audit.cells_checked == 4
