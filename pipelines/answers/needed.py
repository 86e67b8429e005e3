"""What a unit lacked for the next grade: in points, and item by item in cases."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil
from typing import Any

from pipelines.answers.reading import plain
from pipelines.scoring import Scheme
from pipelines.scoring.points import as_decimal, more_is_better, points_of, total_of
from pipelines.scoring.rules import PerEvent
from pipelines.scoring.scheme import Item

Row = dict[str, Any]


def next_grade(scheme: Scheme, rank: Row, items: list[Row]) -> Row | None:
    """The grade above that of ``rank`` (its row of mart_ranks; ``items`` are its rows of mart_score_items): its lowest
    score, the points missing, and for each item that alone could bring them how many cases that would have taken.

    None for a unit that is not ranked, in the highest grade, or under a scheme without grades. ``items`` is empty with
    a reason where this reading of the scheme does not give the released score: then nothing is guessed.
    """
    above = [(from_score, grade) for grade, from_score in scheme.grades.items() if rank["is_ranked"]]
    above = sorted(pair for pair in above if pair[0] > (rank["score"] or 0))
    if not above:
        return None
    from_score, grade = above[0]
    found: Row = {"scheme": scheme.scheme, "grade": grade, "from_score": plain(from_score)}
    found |= {"points": plain(from_score - rank["score"]), "items": [], "reason": None}
    scored = [row for row in items if row["part"] == "items" and row["state"] == "scored"]
    points = {row["item"]: Fraction(row["points"]) for row in scored}
    full = sum((Fraction(row["full_marks"]) for row in items if row["part"] == "items"), Fraction(0))
    full_scored = sum((Fraction(row["full_marks"]) for row in scored), Fraction(0))
    extra = Fraction(rank["bonus_counted"] - rank["penalty_counted"] + rank["adjusted_points"])

    def total(changed: dict[str, Fraction]) -> Fraction:
        return total_of(scheme, points | changed, full, full_scored, extra)

    if total({}) != Fraction(rank["score"]):
        return found | {"reason": "the scheme file does not give the released score"}
    known = {item.item: item for _, _, item in scheme.parts}
    for row in scored:
        found["items"].append(_needed(scheme, known[row["item"]], row, Fraction(from_score), total))
    return found


def _needed(
    scheme: Scheme, item: Item, row: Row, wanted: Fraction, total: Callable[[dict[str, Fraction]], Fraction]
) -> Row:
    """The fewest cases of one item that alone would have lifted the total to ``wanted``."""
    told: Row = {"item": item.item, "item_zh": row["item_zh"], "item_en": row["item_en"]}
    told |= {"points": None, "cases": None, "numerator": None, "denominator": None}
    if total({item.item: Fraction(item.full)}) < wanted:
        return told | _words("even full marks would not have been enough", "该项得满分仍不够")
    without = _not_by_cases(scheme, item, row)
    if without is not None:
        return told | without
    numerator, denominator = Fraction(row["numerator"]), Fraction(row["denominator"] or 1)
    step = 1 if more_is_better(item) else -1
    room = int(denominator - numerator) if step > 0 and item.is_rate else int(numerator)
    price = Fraction(1)
    if isinstance(item.rule, PerEvent):
        price = Fraction(item.rule.per_event.lose or item.rule.per_event.gain or 1)
    if step > 0 and not item.is_rate:  # no more is earned beyond the last corner
        room = max(ceil((item.rule.pieces(item.full)[-1].low or 0) / price - numerator), 0)

    def earned(cases: int) -> Fraction:
        return points_of(scheme, item, (numerator + step * cases) * price / denominator)

    if earned(0) != Fraction(row["points"]):
        return told | _words("the scheme file does not give the released points", "办法文件与已发布得分不符")
    if total({item.item: earned(room)}) < wanted:
        return told | _words("so many cases were not there", "案件数不足以达到")
    low, high = 0, room  # total is too low with `low` cases, enough with `high`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if total({item.item: earned(middle)}) >= wanted else (middle, high)
    told |= {"points": plain(as_decimal(earned(high) - earned(0))), "cases": high}
    told |= {"numerator": plain(as_decimal(numerator + step * high)), "denominator": plain(row["denominator"])}
    more, zh = ("more", "多") if step > 0 else ("fewer", "少")
    end = f" of {told['denominator']}" if item.is_rate else ""
    end_zh = f" / {told['denominator']}" if item.is_rate else ""
    return told | _words(f"{high} {more} ({told['numerator']}{end})", f"{zh} {high}（{told['numerator']}{end_zh}）")


def _not_by_cases(scheme: Scheme, item: Item, row: Row) -> Row | None:
    """In words why no number of cases can be named for the item, None where one can."""
    if row["reason_code"] == "no_evidence" and row["numerator"] is not None:
        worth = plain(
            as_decimal(points_of(scheme, item, Fraction(row["numerator"]) / Fraction(row["denominator"] or 1)))
        )
        return _words(f"with its evidence file it earns {worth}", f"补齐佐证材料可得 {worth} 分")
    if item.source[0] not in ("indicator", "measure") or row["numerator"] is None:
        return _words("it counts no cases", "该项不以件数计分")
    if isinstance(item.rule, PerEvent) and len(item.rule.per_event.tiers) > 1:
        return _words("it depends on which case", "取决于具体是哪一件")
    return None


def _words(en: str, zh: str) -> Row:
    return {"words_zh": zh, "words_en": en}
