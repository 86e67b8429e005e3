"""The rule shapes of a scheme file: how what was measured becomes points.

Every shape is the same thing underneath: pieces of straight lines. ``pieces`` gives them in rising order, with exact
fractions, and the scoring models look up the piece that a value falls in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Discriminator, Field, Tag, model_validator

from pipelines.city.strict import Exact, Strict

Points = Annotated[Exact, Field(ge=0, max_digits=9, decimal_places=4)]
Number = Annotated[Exact, Field(max_digits=12, decimal_places=4)]


@dataclass(frozen=True)
class Piece:
    """``intercept`` + ``slope`` × x for the x between ``low`` and ``high``; None is open.

    ``low`` itself belongs to the piece where ``closed_below``, else ``high`` does.
    """

    low: Fraction | None
    high: Fraction | None
    intercept: Fraction
    slope: Fraction
    closed_below: bool = True


class Share(Strict):
    """``share: complement`` scores 1 − rate, for indicators where less is better."""

    share: Literal["rate", "complement"]

    def pieces(self, full: Decimal) -> list[Piece]:
        ends = [(Fraction(0), Fraction(0)), (Fraction(1), Fraction(full))]
        if self.share == "complement":
            ends = [(Fraction(0), Fraction(full)), (Fraction(1), Fraction(0))]
        return through(ends)


class Slope(Strict):
    """Full marks at ``target``; ``lose`` points for each ``for_each`` short of it, in proportion, to ``not_below``."""

    target: Number
    lose: Points = Field(gt=0)
    for_each: Number = Field(gt=0)
    not_below: Points = Decimal(0)
    better: Literal["higher", "lower"] = "higher"


class Ramp(Strict):
    """A slope below a target, or the corners [[value, points], …] of a line that is level outside them."""

    ramp: Slope | tuple[tuple[Number, Points], ...]

    @model_validator(mode="after")
    def rising(self) -> Ramp:
        if isinstance(self.ramp, tuple):
            if len(self.ramp) < 2:
                raise ValueError("a ramp needs at least two corners: [[value, points], [value, points]]")
            if any(b[0] <= a[0] for a, b in pairwise(self.ramp)):
                raise ValueError("the corners of a ramp stand in rising order of their values")
        return self

    def pieces(self, full: Decimal) -> list[Piece]:
        if isinstance(self.ramp, tuple):
            return through([(Fraction(x), Fraction(y)) for x, y in self.ramp])
        slope = self.ramp
        room = (Fraction(full) - Fraction(slope.not_below)) * Fraction(slope.for_each) / Fraction(slope.lose)
        best = (Fraction(slope.target), Fraction(full))
        if room == 0:
            return through([best])
        if slope.better == "higher":
            return through([(best[0] - room, Fraction(slope.not_below)), best])
        return through([best, (best[0] + room, Fraction(slope.not_below))])


class Step(Strict):
    """One rung: what reaches ``at_least``, or stays within ``at_most``, earns ``gives``."""

    at_least: Number | None = None
    at_most: Number | None = None
    gives: Points

    @model_validator(mode="after")
    def one_bound(self) -> Step:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a step names exactly one of at_least and at_most")
        return self


class Steps(Strict):
    steps: tuple[Step, ...] = Field(min_length=1)
    otherwise: Points  # what meets no step; without it the ladder would have a hole

    @model_validator(mode="after")
    def without_holes(self) -> Steps:
        upper = [step.at_least for step in self.steps if step.at_least is not None]
        lower = [step.at_most for step in self.steps if step.at_most is not None]
        if upper and lower:
            raise ValueError("a ladder with at_least and at_most steps has holes: use one of the two for all steps")
        if upper != sorted(set(upper), reverse=True):
            raise ValueError("the steps of a ladder stand in falling order of at_least: a later one is never reached")
        if lower != sorted(set(lower)):
            raise ValueError("the steps of a ladder stand in rising order of at_most: a later one is never reached")
        return self


class Ladder(Strict):
    ladder: Steps

    def pieces(self, full: Decimal) -> list[Piece]:
        steps, found = self.ladder.steps, []
        if steps[0].at_least is not None:
            above: Fraction | None = None
            for step in steps:
                bound = Fraction(step.at_least or 0)
                found.append(Piece(bound, above, Fraction(step.gives), Fraction(0)))
                above = bound
            found.append(Piece(None, above, Fraction(self.ladder.otherwise), Fraction(0)))
            return found[::-1]
        below: Fraction | None = None
        for step in steps:
            bound = Fraction(step.at_most or 0)
            found.append(Piece(below, bound, Fraction(step.gives), Fraction(0), closed_below=False))
            below = bound
        found.append(Piece(below, None, Fraction(self.ladder.otherwise), Fraction(0), closed_below=False))
        return found


NTH = {"from_second_on": 2, "from_third_on": 3, "from_fourth_on": 4, "from_fifth_on": 5}


class Events(Strict):
    """Points ``lose`` off full marks for each event, or ``gain`` up to full marks.

    ``from_third_on: 0.5`` costs the third and later events of one and the same case 0.5 each.
    """

    lose: Points | None = None
    gain: Points | None = None
    from_second_on: Points | None = None
    from_third_on: Points | None = None
    from_fourth_on: Points | None = None
    from_fifth_on: Points | None = None
    not_below: Points = Decimal(0)

    @model_validator(mode="after")
    def one_direction(self) -> Events:
        if (self.lose is None) == (self.gain is None):
            raise ValueError("per_event says exactly one of lose and gain")
        if self.gain is not None and (len(self.tiers) > 1 or self.not_below):
            raise ValueError("per_event with gain takes no from_…_on and no not_below")
        return self

    @property
    def tiers(self) -> list[tuple[int, Decimal]]:
        """(from which event of a case on, points more than before): 0.2, from the third 0.5 → (1, 0.2), (3, 0.3)."""
        rates = [(1, self.lose or self.gain or Decimal(0))]
        rates += [(nth, getattr(self, key)) for key, nth in NTH.items() if getattr(self, key) is not None]
        return [rates[0]] + [(nth, rate - before) for (_, before), (nth, rate) in pairwise(rates)]


class PerEvent(Strict):
    per_event: Events

    def pieces(self, full: Decimal) -> list[Piece]:
        """Over the points that the events come to."""
        if self.per_event.gain is not None:
            return through([(Fraction(0), Fraction(0)), (Fraction(full), Fraction(full))])
        return off_full(full, self.per_event.not_below)


class Floor(Strict):
    not_below: Points = Decimal(0)


class FromFull(Strict):
    """Full marks less what was deducted, down to ``not_below``."""

    from_full: Floor

    def pieces(self, full: Decimal) -> list[Piece]:
        return off_full(full, self.from_full.not_below)


class Value(Strict):
    """The value itself is the points, between ``not_below`` and full marks."""

    value: Floor

    def pieces(self, full: Decimal) -> list[Piece]:
        low, high = Fraction(self.value.not_below), Fraction(full)
        return through([(low, low), (high, high)] if low < high else [(high, high)])


def through(corners: Sequence[tuple[Fraction, Fraction]]) -> list[Piece]:
    """The pieces of the line through ``corners``, level outside them."""
    found = [Piece(None, corners[0][0], corners[0][1], Fraction(0))]
    for (x0, y0), (x1, y1) in pairwise(corners):
        slope = (y1 - y0) / (x1 - x0)
        found.append(Piece(x0, x1, y0 - slope * x0, slope))
    return [*found, Piece(corners[-1][0], None, corners[-1][1], Fraction(0))]


def off_full(full: Decimal, floor: Decimal) -> list[Piece]:
    room = Fraction(full) - Fraction(floor)
    corners = [(Fraction(0), Fraction(full))] + ([(room, Fraction(floor))] if room > 0 else [])
    return through(corners)


_SHORT = {
    "share": {"share": "rate"},
    "from_full": {"from_full": {}},
    "value": {"value": {}},
}
SHAPES = {"share": Share, "ramp": Ramp, "ladder": Ladder, "per_event": PerEvent, "from_full": FromFull, "value": Value}


def _spelled_out(given: Any) -> Any:
    return _SHORT.get(given, given) if isinstance(given, str) else given


def _named(given: Any) -> str | None:
    """The one shape that ``given`` names, so that a mistake is told in its terms and not in those of all six."""
    if isinstance(given, BaseModel):
        return next(name for name, kind in SHAPES.items() if isinstance(given, kind))
    name = next(iter(given)) if isinstance(given, dict) and len(given) == 1 else None
    return name if name in SHAPES else None


Rule = Annotated[
    Annotated[Share, Tag("share")]
    | Annotated[Ramp, Tag("ramp")]
    | Annotated[Ladder, Tag("ladder")]
    | Annotated[PerEvent, Tag("per_event")]
    | Annotated[FromFull, Tag("from_full")]
    | Annotated[Value, Tag("value")],
    Discriminator(
        _named,
        custom_error_type="no_rule",
        custom_error_message=f"should be one rule of {', '.join(SHAPES)}: share, or {{ramp: {{target: 0.95, …}}}}",
    ),
    BeforeValidator(_spelled_out),
]
