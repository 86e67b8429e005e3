"""What a rule computes: operands and shapes, as they stand in a rule file.

An operand is the name of a column, a number, one of the look-ups (``total``, ``cell``, ``earlier``, ``mean``,
``sum_rows``, ``count_rows``) or any shape, rounded on its way where it says ``decimals``.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, StrictBool, StrictInt, Tag, model_validator

from pipelines.audit.rows import Rows
from pipelines.city.strict import Strict

Rounding = Literal["half_up", "half_even", "down", "up"]


def _exact(value: Any) -> Any:
    """YAML reads 0.1 as a binary fraction; its shortest text is what was written. 95% is 0.95."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("should be a number, or a percentage such as 20%")
    text = str(value).strip()
    try:
        return Decimal(text[:-1]) / 100 if text.endswith("%") else Decimal(text)
    except ArithmeticError:
        raise ValueError(f"should be a number, or a percentage such as 20% (it is {value!r})") from None


Exact = Annotated[Decimal, BeforeValidator(_exact)]


class Node(Strict):
    """An operand of several keys."""

    decimals: StrictInt | None = Field(default=None, ge=0, le=9)  # rounded to these on its way: "rounding by stage"
    rounding: Rounding = "half_up"


class Total(Node):
    """The cell of a column in the total row of the block."""

    total: str


class Cell(Node):
    """The cell of a column in another row of the block, which ``row`` names; exactly one row must be meant."""

    cell: str
    row: Rows


class Earlier(Node):
    """The cell of a column in the row of the same ``key`` columns and an earlier value of ``by``: the month before."""

    earlier: str
    by: str
    back: StrictInt = Field(default=1, ge=1)


class Across(Node):
    """Over the rows of the block (total rows and the row itself left out), or of a second table joined by a key."""

    table: str | None = None
    join: dict[str, str] = Field(default_factory=dict)  # column of the second table: column of this one
    rows: Rows = Field(default_factory=dict)
    whole_table: StrictBool = False  # over all blocks
    with_self: StrictBool | None = (
        None  # default: for a mean and a count the row itself counts, for a sum of parts it does not
    )


class Mean(Across):
    mean: str


class SumRows(Across):
    sum_rows: str


class CountRows(Across):
    count_rows: Literal[True] = True


class Of(Strict):
    of: Operand


class RatioOf(Of):
    over: Operand


class ShareOf(Of):
    in_: Operand = Field(alias="in")


class DifferenceOf(Of):
    less: Operand


class ChangeOf(Of):
    from_: Operand = Field(alias="from")


class Weighted(Of):
    weight: Exact


class WeightedSumOf(Strict):
    parts: tuple[Weighted, ...] = Field(min_length=1)
    weights_add_to: Exact = Decimal(1)
    bonus: tuple[Operand, ...] = ()
    penalty: tuple[Operand, ...] = ()

    @model_validator(mode="after")
    def weights_add_up(self) -> WeightedSumOf:
        total = sum((part.weight for part in self.parts), Decimal(0))
        if total != self.weights_add_to:
            raise ValueError(
                f"the weights add to {total.normalize():f}, not {self.weights_add_to.normalize():f}: correct them, "
                f"or declare weights_add_to: {total.normalize():f}"
            )
        return self


class RampOf(Of):
    """Piecewise linear: through ``points`` [[value, points], …], level outside them; or from ``full`` at ``target``
    down by ``lost_per_unit`` for each ``unit`` below it (above it where ``lower_is_better``), not below ``floor``.

    Part of a unit costs its part; only whole units cost where ``parts: ignored``, a part costs as much as a whole unit
    where ``parts: whole``.
    """

    points: tuple[tuple[Exact, Exact], ...] = ()
    full: Operand | None = None
    target: Operand | None = None
    lost_per_unit: Operand | None = None
    unit: Exact = Decimal(1)
    parts: Literal["in_proportion", "ignored", "whole"] = "in_proportion"
    floor: Operand = Decimal(0)
    lower_is_better: StrictBool = False

    @model_validator(mode="after")
    def one_form(self) -> RampOf:
        short = (self.full, self.target, self.lost_per_unit)
        if bool(self.points) == any(x is not None for x in short):
            raise ValueError("give either points: [[value, points], …] or full, target and lost_per_unit")
        if not self.points and any(x is None for x in short):
            raise ValueError("full, target and lost_per_unit go together")
        if isinstance(self.lost_per_unit, Decimal) and self.lost_per_unit <= 0:
            raise ValueError("lost_per_unit is a positive number of points")
        if self.unit <= 0:
            raise ValueError("unit is a positive number")
        if isinstance(self.full, Decimal) and isinstance(self.floor, Decimal) and self.floor > self.full:
            raise ValueError("floor lies above full")
        xs = [x for x, _ in self.points]
        if len(xs) == 1 or any(b <= a for a, b in pairwise(xs)):
            raise ValueError("points need at least two values, in rising order")
        return self


class Bound(Strict):
    """One step: exactly one of the four comparisons."""

    at_least: Exact | None = None
    more_than: Exact | None = None
    at_most: Exact | None = None
    less_than: Exact | None = None

    @model_validator(mode="after")
    def one_comparison(self) -> Bound:
        if sum(x is not None for x in (self.at_least, self.more_than, self.at_most, self.less_than)) != 1:
            raise ValueError("a step has exactly one of at_least, more_than, at_most, less_than")
        return self

    @property
    def comparison(self) -> tuple[str, Decimal]:
        for name in ("at_least", "more_than", "at_most", "less_than"):
            value = getattr(self, name)
            if value is not None:
                return name, value
        raise AssertionError(self)


def _one_way(steps: tuple[Bound, ...]) -> None:
    ways = {step.comparison[0] in ("at_least", "more_than") for step in steps}
    bounds = [step.comparison[1] for step in steps]
    if len(ways) > 1:
        raise ValueError("steps go one way: either at_least / more_than, or at_most / less_than")
    falls = ways == {True}
    if any((b > a) if falls else (b < a) for a, b in pairwise(bounds)):
        way = "from the highest bound down" if falls else "from the lowest bound up"
        raise ValueError(f"steps are tried from the top: write them {way}, or the later ones are never reached")


class NumberStep(Bound):
    gives: Exact


class GradeStep(Bound):
    gives: str


class LadderOf(Of):
    steps: tuple[NumberStep, ...] = Field(min_length=1)
    otherwise: Exact  # a ladder has no holes: what meets no step gets this

    @model_validator(mode="after")
    def in_order(self) -> LadderOf:
        _one_way(self.steps)
        return self


class GradeOf(Of):
    steps: tuple[GradeStep, ...] = Field(min_length=1)
    otherwise: str

    @model_validator(mode="after")
    def in_order(self) -> GradeOf:
        _one_way(self.steps)
        return self


class PerEventOf(Of):
    each: Operand
    at_most: Operand | None = None


class FromFullOf(Strict):
    full: Operand
    less: tuple[Operand, ...] = Field(min_length=1)
    plus: tuple[Operand, ...] = ()
    floor: Operand | None = None
    cap: Operand | None = None

    @model_validator(mode="before")
    @classmethod
    def one_or_many(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: [v] if k in ("less", "plus") and not isinstance(v, list) else v for k, v in value.items()}
        return value

    @model_validator(mode="after")
    def floor_below_cap(self) -> FromFullOf:
        if isinstance(self.floor, Decimal) and isinstance(self.cap, Decimal) and self.floor > self.cap:
            raise ValueError(f"cap {self.cap} lies below floor {self.floor}")
        return self


class Ratio(Node):
    ratio: RatioOf


class Share(Node):
    share: ShareOf


class Sum(Node):
    sum: tuple[Operand, ...] = Field(min_length=1)


class Product(Node):
    product: tuple[Operand, ...] = Field(min_length=1)


class Largest(Node):
    max: tuple[Operand, ...] = Field(min_length=1)


class Smallest(Node):
    min: tuple[Operand, ...] = Field(min_length=1)


class Difference(Node):
    difference: DifferenceOf


class Change(Node):
    change: ChangeOf


class WeightedSum(Node):
    weighted_sum: WeightedSumOf


class Ramp(Node):
    ramp: RampOf


class Ladder(Node):
    ladder: LadderOf


class PerEvent(Node):
    per_event: PerEventOf


class FromFull(Node):
    from_full: FromFullOf


class Value(Node):
    value: Operand


KINDS: dict[str, type[Node]] = {
    "total": Total,
    "cell": Cell,
    "earlier": Earlier,
    "mean": Mean,
    "sum_rows": SumRows,
    "count_rows": CountRows,
    "ratio": Ratio,
    "share": Share,
    "sum": Sum,
    "product": Product,
    "max": Largest,
    "min": Smallest,
    "difference": Difference,
    "change": Change,
    "weighted_sum": WeightedSum,
    "ramp": Ramp,
    "ladder": Ladder,
    "per_event": PerEvent,
    "from_full": FromFull,
    "value": Value,
}


def _kind(value: Any) -> str | None:
    if isinstance(value, Node):
        return next(name for name, kind in KINDS.items() if kind is type(value))
    if isinstance(value, dict):
        return next((name for name in KINDS if name in value), None)
    if isinstance(value, str) and not value.endswith("%"):
        return "column"
    return "number" if isinstance(value, (str, int, float, Decimal)) else None


Operand = Annotated[
    Annotated[str, AfterValidator(str.strip), Tag("column")]
    | Annotated[Exact, Tag("number")]
    | Annotated[Total, Tag("total")]
    | Annotated[Cell, Tag("cell")]
    | Annotated[Earlier, Tag("earlier")]
    | Annotated[Mean, Tag("mean")]
    | Annotated[SumRows, Tag("sum_rows")]
    | Annotated[CountRows, Tag("count_rows")]
    | Annotated[Ratio, Tag("ratio")]
    | Annotated[Share, Tag("share")]
    | Annotated[Sum, Tag("sum")]
    | Annotated[Product, Tag("product")]
    | Annotated[Largest, Tag("max")]
    | Annotated[Smallest, Tag("min")]
    | Annotated[Difference, Tag("difference")]
    | Annotated[Change, Tag("change")]
    | Annotated[WeightedSum, Tag("weighted_sum")]
    | Annotated[Ramp, Tag("ramp")]
    | Annotated[Ladder, Tag("ladder")]
    | Annotated[PerEvent, Tag("per_event")]
    | Annotated[FromFull, Tag("from_full")]
    | Annotated[Value, Tag("value")],
    Discriminator(
        _kind,
        custom_error_type="operand",
        custom_error_message=f"an operand is a column, a number, or has one of the keys {', '.join(KINDS)}",
    ),
]

_DEFERRED: tuple[type[Strict], ...] = (Of, RatioOf, ShareOf, DifferenceOf, ChangeOf, Weighted, WeightedSumOf, RampOf)
_DEFERRED += (LadderOf, GradeOf, PerEventOf, FromFullOf, *KINDS.values())
for _model in _DEFERRED:
    _model.model_rebuild()
