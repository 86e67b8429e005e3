"""Every rule shape, form of award and consequence that a scheme file knows is used by a scheme that ships."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from pipelines.city import load_city
from pipelines.scoring import Scheme, load_schemes
from pipelines.scoring.rules import SHAPES, Ladder, PerEvent, Ramp
from pipelines.scoring.scheme import Item
from pipelines.settings import REPO

CITIES = sorted(path.parent.name for path in (REPO / "cities").glob("*/schemes"))


@pytest.fixture(scope="module")
def schemes() -> list[Scheme]:
    return [scheme for city in CITIES for scheme in load_schemes(load_city(city))]


def items(scheme: Scheme) -> list[Item]:
    return [item for _, _, item in scheme.parts]


def places(scheme: Scheme) -> set[str]:
    return {place for tables in scheme.awards.values() for table in tables for place in table.gives}


FORMS: dict[str, Callable[[Scheme], bool]] = {
    **{
        f"rule {name}": lambda s, shape=shape: any(isinstance(item.rule, shape) for item in items(s))  # type: ignore[misc]
        for name, shape in SHAPES.items()
    },
    "ramp by corners": lambda s: any(isinstance(i.rule, Ramp) and isinstance(i.rule.ramp, tuple) for i in items(s)),
    "ramp with a floor": lambda s: any(getattr(getattr(i.rule, "ramp", None), "not_below", 0) for i in items(s)),
    "share of what is lacking": lambda s: any(getattr(i.rule, "share", "") == "complement" for i in items(s)),
    "steps upwards": lambda s: any(
        isinstance(i.rule, Ladder) and i.rule.ladder.steps[0].at_least is not None for i in items(s)
    ),
    "events dearer later": lambda s: any(
        isinstance(i.rule, PerEvent) and len(i.rule.per_event.tiers) > 1 for i in items(s)
    ),
    "events that gain": lambda s: any(isinstance(i.rule, PerEvent) and i.rule.per_event.gain for i in items(s)),
    "a month feeds a quarter": lambda s: (
        s.applies_to.period == "quarter" and any(i.over == "periods" for i in items(s))
    ),
    "streets feed a district": lambda s: any(i.over == "children" for i in items(s)),
    "95 % quarters and 5 % innovation": lambda s: (
        [i.full for i in s.items] == [95, 5] and s.items[0].scheme is not None and s.applies_to.period == "year"
    ),
    "bonus with a cap": lambda s: bool(s.bonus.items and s.bonus.cap),
    "penalty with a cap": lambda s: bool(s.penalty.items and s.penalty.cap),
    "minimum sample, shared out": lambda s: any(i.needs_at_least > 1 and i.otherwise == "share_out" for i in items(s)),
    "minimum sample, not ranked": lambda s: any(i.needs_at_least > 1 and i.otherwise == "not_ranked" for i in items(s)),
    "not held this month": lambda s: any(i.not_held for i in items(s)),
    "an item needs its file": lambda s: any(i.needs_evidence for i in items(s)),
    "evidence counted": lambda s: any(i.evidence for i in items(s)),
    "days for objections": lambda s: bool(s.objection_work_days),
    "late objections marked": lambda s: s.late_objections == "mark",
    "peer groups": lambda s: s.compare_within == "peer_group",
    "all in one group": lambda s: s.compare_within == "all",
    "rounding by stage": lambda s: "rounding" in s.model_fields_set,
    "grades": lambda s: bool(s.grades),
    "award by rank": lambda s: "1" in places(s),
    "award to the last": lambda s: "last" in places(s),
    "award to the second-last": lambda s: "second_last" in places(s),
    "award by size of the group": lambda s: any(
        table.group_size_to is not None for tables in s.awards.values() for table in tables
    ),
    "funds moved": lambda s: s.funds is not None,
    "bond returned and rewarded in full": lambda s: any(b.returned == b.rewarded == 1 for b in s.bonds.values()),
    "bond rewarded by half": lambda s: any(b.rewarded == Decimal("0.5") for b in s.bonds.values()),
    "bond forfeited": lambda s: any(b.returned == 0 for b in s.bonds.values()),
    "talk after being last twice": lambda s: any(c.when.among_last == 1 and c.when.times == 2 for c in s.consequences),
    "last three barred": lambda s: any(c.when.among_last == 3 for c in s.consequences),
    "red list": lambda s: "red" in s.lists,
    "black list": lambda s: "black" in s.lists,
    "list per group": lambda s: any(listed.of == "group" for listed in s.lists.values()),
    "list of all": lambda s: any(listed.of == "all" for listed in s.lists.values()),
    "payment by tiers": lambda s: s.payment is not None and len(s.payment.tiers) > 2,
    "yuan per point": lambda s: s.payment is not None and s.payment.yuan_per_point > 0,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_shipped_scheme_uses(form: str, schemes: list[Scheme]) -> None:
    assert any(FORMS[form](scheme) for scheme in schemes), f"no shipped scheme has: {form}"


def test_every_shipped_scheme_names_its_source(schemes: list[Scheme]) -> None:
    assert [scheme.scheme for scheme in schemes if not scheme.source.strip()] == []


def test_what_is_evaluated_ships(schemes: list[Scheme]) -> None:
    shipped = {(s.applies_to.unit_kind, s.applies_to.period) for s in schemes if s.scheme}
    assert shipped >= {
        ("street", "month"), ("department", "month"), ("squad", "quarter"), ("street", "year"), ("contractor", "month"),
        ("district", "month"), ("district", "quarter"), ("district", "year"),
    }  # fmt: skip
    assert {"streets_frontage", "districts_campaigns", "districts_civilised", "hotline_monthly"} <= {
        s.scheme for s in schemes
    }
