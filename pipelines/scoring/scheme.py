"""The shape of schemes/*.yaml: who is scored on what, from when to when, and what follows."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Literal

from pydantic import Field, StrictBool, StrictInt, model_validator

from pipelines.city.models import Label, PeriodType
from pipelines.city.strict import Exact, Strict
from pipelines.city.times import Day
from pipelines.scoring.outcomes import Bond, Consequence, Funds, Listed, Payment, Tables
from pipelines.scoring.rules import Points, Rule

Channel = Literal["hotline", "grid", "all"]


class AppliesTo(Strict):
    unit_kind: str
    peer_group: str | None = None  # only the units of this group: collectors among the posts, say
    period: PeriodType


class Rounding(Strict):
    """Decimals of each stage, half-up. An item keeps at most two, so that shared-out totals stay exact."""

    rate: StrictInt = Field(4, ge=2, le=6)
    item: StrictInt = Field(2, ge=1, le=2)
    total: StrictInt = Field(2, ge=1, le=4)


class Item(Strict):
    """One line of a scheme. Its value comes from one indicator, measure, scheme or kind of evidence."""

    item: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    indicator: str | None = None
    measure: str | None = None
    none_counts_as: Literal[0] | None = None  # a measure of which nothing was counted: unknown, unless 0 is declared
    scheme: str | None = None
    over: Literal["same", "periods", "children"] = "same"  # whose scores of that scheme: their mean
    evidence: str | None = None  # item_code of the evidence files; their number is the value
    needs_evidence: str | None = None  # item_code of the files without which the item earns nothing
    channel: Channel | None = None
    full: Exact = Field(gt=0, max_digits=7, decimal_places=2)
    rule: Rule
    needs_at_least: StrictInt = Field(1, ge=0)
    otherwise: Literal["share_out", "not_ranked"] = "not_ranked"
    not_held: tuple[str, ...] = ()  # periods in which the item is not held: its marks are shared out

    @model_validator(mode="after")
    def one_source(self) -> Item:
        named = [key for key in ("indicator", "measure", "scheme", "evidence") if getattr(self, key) is not None]
        if len(named) != 1:
            raise ValueError(
                "an item takes its value from exactly one of indicator, measure, scheme and evidence; it names "
                f"{' and '.join(named) or 'none'}"
            )
        if self.none_counts_as is not None and self.measure is None:
            raise ValueError("none_counts_as belongs to a measure")
        if self.over != "same" and self.scheme is None:
            raise ValueError("over belongs to a scheme")
        return self

    @property
    def source(self) -> tuple[str, str]:
        """(kind, name) of where the value comes from."""
        for kind in ("indicator", "measure", "scheme"):
            if getattr(self, kind) is not None:
                return kind, getattr(self, kind)
        return "evidence", str(self.evidence)

    @property
    def is_rate(self) -> bool:
        """Whether its value is a ratio, which is rounded before it is scored."""
        return self.source[0] in ("indicator", "scheme")


class Extra(Strict):
    """Points on top, or off: never more than ``cap`` together. An item without a value adds nothing."""

    cap: Points
    items: tuple[Item, ...] = ()


class Scheme(Strict):
    """One scheme file."""

    scheme: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    source: str
    valid_from: Day
    valid_to: Day | None = None
    applies_to: AppliesTo
    compare_within: Literal["peer_group", "all"] = "peer_group"
    best: Literal["highest", "lowest"] = "highest"  # the direction of the ranking
    channel: Channel = "all"
    rounding: Rounding = Rounding(rate=4, item=2, total=2)
    items: tuple[Item, ...] = Field(min_length=1)
    weights_need_not_add_up: StrictBool = False
    bonus: Extra = Extra(cap=Decimal(0))
    penalty: Extra = Extra(cap=Decimal(0))
    grades: dict[str, Exact] = Field(default_factory=dict)
    awards: dict[str, Tables] = Field(default_factory=dict)
    funds: Funds | None = None
    bonds: dict[str, Bond] = Field(default_factory=dict)
    payment: Payment | None = None
    consequences: tuple[Consequence, ...] = ()
    objection_work_days: StrictInt | None = Field(None, ge=0)  # 公示期: working days a draft is open; None: the city's
    late_objections: Literal["refuse", "mark"] = "refuse"  # what becomes of an adjustment asked for after them
    lists: dict[Literal["red", "black"], Listed] = Field(default_factory=dict)

    @property
    def version(self) -> str:
        """A short content hash: the same rules have the same version, any change makes another."""
        return hashlib.sha256(self.model_dump_json(exclude_defaults=True).encode()).hexdigest()[:8]

    @property
    def parts(self) -> list[tuple[str, int, Item]]:
        """Every item with its part (items, bonus, penalty) and its place there."""
        found = [("items", self.items), ("bonus", self.bonus.items), ("penalty", self.penalty.items)]
        return [(part, at, item) for part, items in found for at, item in enumerate(items)]
