"""What moved a score since the period before: volume, rate and rule, adding up to the change.

The factors are replaced one after the other (连环替代法, chain substitution), so that the parts add up exactly:

    volume = P₀(x′) − P₀(x₀)    the new volumes at the old rates
    rate   = P₀(x₁) − P₀(x′)    the new rates, still under the old rule
    rule   = P₁(x₁) − P₀(x₁)    the new rule

P₀ and P₁ are the points under the scheme of either period, x₀ and x₁ what was measured. For a rate over both channels
x′ is what the old rate of each channel gives at the new numbers of cases, as Kitagawa separates composition from rate
(Components of a difference between two rates, JASA 50, 1955); a channel without an old rate takes the old rate of both.
For a count x′ is the old count at the new number of cases it is counted among; a count among none is all volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from pipelines.answers.costs import Asked
from pipelines.answers.proofs import rows_behind
from pipelines.answers.reading import plain, rows_of
from pipelines.scoring import Scheme
from pipelines.scoring.points import as_decimal, event_points, points_of
from pipelines.scoring.rules import PerEvent
from pipelines.scoring.scheme import Item
from pipelines.warehouse.db import quoted

Row = dict[str, Any]
PARTS = ("volume", "rate", "rule", "other")


@dataclass(frozen=True)
class Side:
    """One of the two periods: the scheme that held, the unit's row of mart_ranks and its rows of mart_score_items."""

    asked: Asked
    scheme: Scheme
    rank: Row
    items: dict[str, Row]

    @cached_property
    def counts(self) -> dict[tuple[str, str], Fraction]:
        """Every count of the unit in the period, by measure and channel."""
        mine = f"period = {quoted(self.asked.period)} and unit_code = {quoted(self.asked.unit)}"
        rows = rows_of(self.asked.home, f"select measure, channel, value from mart_counts where {mine}")
        return {(row["measure"], row["channel"]): Fraction(row["value"]) for row in rows}

    def count(self, measure: str, channel: str) -> Fraction:
        return self.counts.get((measure, channel), Fraction(0))

    def item(self, name: str) -> Item:
        return next(item for _, _, item in self.scheme.parts if item.item == name)


def changes(before: Side, after: Side) -> Row:
    """The change of a score, item by item and line by line; every line's parts add up to its change, and the lines to
    the change of the score. ``other`` is what no factor explains: an item scored in one of the periods only.
    """
    lines = [
        _item(before, after, name)
        for name in dict.fromkeys([*after.items, *before.items])
        if (after.items.get(name) or before.items[name])["part"] == "items"
    ]
    for name, sign, zh, en in (
        ("bonus_counted", 1, "加分", "Bonus"),
        ("penalty_counted", -1, "扣分", "Penalty"),
        ("adjusted_points", 1, "申诉调整", "Adjustments"),
    ):
        moved = sign * (Fraction(after.rank[name]) - Fraction(before.rank[name]))
        if moved:
            lines.append(_line(name, zh, en, other=moved))
    whole = Fraction(after.rank["score"]) - Fraction(before.rank["score"])
    rest = whole - sum((sum(line["parts"].values(), Fraction(0)) for line in lines), Fraction(0))
    if rest:
        lines.append(
            _line("shared_out_and_rounded", "分值分摊与取舍", "Marks shared out, limits and rounding", other=rest)
        )
    return {
        "scheme": after.scheme.scheme,
        "previous_period": before.asked.period,
        "score_before": plain(before.rank["score"]),
        "score": plain(after.rank["score"]),
        "change": plain(as_decimal(whole)),
        **{part: plain(as_decimal(sum((line["parts"][part] for line in lines), Fraction(0)))) for part in PARTS},
        "lines": [_told(line) for line in lines],
    }


def _line(name: str, zh: str, en: str, **parts: Fraction) -> Row:
    return {"item": name, "item_zh": zh, "item_en": en, "parts": {part: parts.get(part, Fraction(0)) for part in PARTS}}


def _told(line: Row) -> Row:
    parts = {part: plain(as_decimal(value)) for part, value in line["parts"].items()}
    names = {key: line[key] for key in ("item", "item_zh", "item_en")}
    return names | {"change": plain(as_decimal(sum(line["parts"].values(), Fraction(0))))} | parts


def _item(before: Side, after: Side, name: str) -> Row:
    old, new = before.items.get(name), after.items.get(name)
    names = (name, (new or old or {})["item_zh"], (new or old or {})["item_en"])
    earned = [
        Fraction(row["points"]) if row is not None and row["points"] is not None else Fraction(0) for row in (old, new)
    ]
    whole = earned[1] - earned[0]
    if old is None or new is None:
        return _line(*names, rule=whole)
    is_scored = all(row["state"] == "scored" and row["numerator"] is not None for row in (old, new))
    if not is_scored:
        return _line(*names, other=whole)
    first, second = before.item(name), after.item(name)
    if (first.source, old["channel"]) != (second.source, new["channel"]):
        return _line(*names, rule=whole)
    x0, x1 = _value(before, first, old), _value(after, first, new)
    steps = [
        points_of(before.scheme, first, x0),
        points_of(before.scheme, first, _between(before, after, first, (old, new), (x0, x1))),
        points_of(before.scheme, first, x1),
        points_of(after.scheme, second, _value(after, second, new)),
    ]
    if steps[0] != earned[0] or steps[3] != earned[1]:  # evidence was missing, or the file says something else by now
        return _line(*names, other=whole)
    return _line(*names, volume=steps[1] - steps[0], rate=steps[2] - steps[1], rule=steps[3] - steps[2])


def _value(side: Side, item: Item, row: Row) -> Fraction:
    """What ``item`` scores of what was measured in ``row``; events come to points by the prices of the item itself."""
    if row["denominator"] is not None:
        return Fraction(row["numerator"]) / Fraction(row["denominator"])
    if not isinstance(item.rule, PerEvent):
        return Fraction(row["numerator"])
    repeats: list[int] = []
    if len(item.rule.per_event.tiers) > 1:
        asked = side.asked
        rows = rows_behind(asked.home, asked.period, asked.unit, row["channel"], "reworked")
        repeats = [int(value) for value in rows["value"]]
    return event_points(item, int(row["numerator"]), repeats)


def _between(
    before: Side, after: Side, item: Item, rows: tuple[Row, Row], values: tuple[Fraction, Fraction]
) -> Fraction:
    """x′: the new volumes at the old rates."""
    old, new = rows
    known = _measures(before.asked, item)
    if known is None:
        return values[1] if item.measure is not None else values[0]
    numerator, denominator = known
    if item.measure is not None:
        was, now = (side.count(denominator, old["channel"]) for side in (before, after))
        return values[0] * now / was if was else values[0]
    if old["channel"] != "all":
        return values[0]
    channels = [
        [(side.count(numerator, channel), side.count(denominator, channel)) for side in (before, after)]
        for channel in ("hotline", "grid")
    ]
    volume = sum((now[1] for _, now in channels), Fraction(0))
    if volume != Fraction(new["denominator"]):  # it is not counted by channel
        return values[0]
    return sum(((was[0] / was[1] if was[1] else values[0]) * now[1] for was, now in channels), Fraction(0)) / volume


def _measures(asked: Asked, item: Item) -> tuple[str, str] | None:
    """Numerator and denominator of an indicator; a measure with the denominator of the first indicator it is over."""
    column, name = ("numerator_measure", item.measure) if item.measure else ("indicator", item.indicator)
    found = rows_of(
        asked.home,
        "select numerator_measure, denominator_measure from mart_indicator_definitions "
        f"where {column} = {quoted(name or '')} order by indicator limit 1",
    )
    return (found[0]["numerator_measure"], found[0]["denominator_measure"]) if found else None
