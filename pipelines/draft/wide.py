"""Files with one column per measure, item or question: one drafted source for each."""

from __future__ import annotations

import re

from pipelines.contracts import Contract
from pipelines.draft.match import Guess, plain
from pipelines.draft.shapes import Shape

MOST = 12
# Contract → column that names the measure, column that holds its value, what a header of one looks like.
WIDE = {
    "operations": ("measure", "actual", re.compile(r"tons|tonnage|量$|数$|km$")),
    "inspection_scores": ("item_code", "score", re.compile(r"^acceptable(?!.*previous)|得分$|评分$|score$")),
    "responses": ("question_code", "answer", re.compile(r"^q\d+|^第?\d+题")),
}


def measures(contract: Contract, guesses: dict[str, Guess], shapes: dict[str, Shape]) -> list[str]:
    """The headers that each hold one measure, in file order; empty where the file has one record per measure."""
    if contract.name not in WIDE:
        return []
    name, _, pattern = WIDE[contract.name]
    if name in guesses:
        return []
    return [header for header in shapes if pattern.search(plain(header))]


def code_of(header: str) -> str:
    """A code for the measure that ``header`` holds."""
    return re.sub(r"[^a-z0-9一-鿿]+", "_", header.lower()).strip("_") or "measure"
