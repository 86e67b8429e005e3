"""Points of a value that was not measured, read off the pieces of a rule: for "what if it had been" in explanations.

Scores are computed by the models; whoever uses this compares it with a score of theirs first (see ``answers``).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from pipelines.scoring.rules import PerEvent
from pipelines.scoring.scheme import Item, Scheme


def rounded(value: Fraction, decimals: int) -> Fraction:
    """Half-up, away from zero."""
    scale = 10**decimals
    steps = (2 * abs(value) * scale + 1) // 2
    return Fraction(int(steps) if value >= 0 else -int(steps), scale)


def points_of(scheme: Scheme, item: Item, value: Fraction) -> Fraction:
    """What ``item`` earns for ``value``: a rate (rounded as the scheme says before it is scored), a count, or what its
    events come to.
    """
    x = rounded(value, scheme.rounding.rate) if item.is_rate else value
    for piece in item.rule.pieces(item.full):
        above = piece.low is None or (piece.low <= x if piece.closed_below else piece.low < x)
        below = piece.high is None or (x < piece.high if piece.closed_below else x <= piece.high)
        if above and below:
            return rounded(piece.intercept + piece.slope * x, scheme.rounding.item)
    raise ValueError(f"{scheme.scheme}: no piece of {item.item} holds {x}")  # pieces cover every number


def event_points(item: Item, events: int, repeats: list[int]) -> Fraction:
    """The points that events come to, dearer from some event of one case on; ``repeats`` are the events by case."""
    if not isinstance(item.rule, PerEvent):
        return Fraction(events)
    total = Fraction(0)
    for nth, adds in item.rule.per_event.tiers:
        times = events if nth == 1 else sum(max(n - nth + 1, 0) for n in repeats)
        total += Fraction(adds) * times
    return total


def more_is_better(item: Item) -> bool:
    """Whether a greater value earns more: the level of a rule's last piece against its first."""
    pieces = item.rule.pieces(item.full)
    first, last = pieces[0], pieces[-1]
    low = first.intercept + first.slope * (first.high or Fraction(0))
    high = last.intercept + last.slope * (last.low or Fraction(0))
    return high >= low


def total_of(
    scheme: Scheme, points: dict[str, Fraction], full: Fraction, full_scored: Fraction, extra: Fraction
) -> Fraction:
    """A unit's total: ``points`` of the scored items, their marks shared out over ``full``, with ``extra`` on top."""
    total = sum(points.values(), Fraction(0)) * full / full_scored + extra
    highest = full + Fraction(scheme.bonus.cap)
    return rounded(min(max(total, Fraction(0)), highest), scheme.rounding.total)


def as_decimal(value: Fraction) -> Decimal:
    """Exact: what is rounded to decimals has a finite one."""
    return Decimal(value.numerator) / Decimal(value.denominator)
