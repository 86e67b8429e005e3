"""The rule tables of what follows from scores and ranks."""

from __future__ import annotations

from typing import Any

import polars as pl

from pipelines.scoring.outcomes import FROM_END
from pipelines.scoring.scheme import Scheme

TEXT, WHOLE, FLAG, YUAN, SHARE = pl.String, pl.Int64, pl.Boolean, pl.Decimal(14, 2), pl.Decimal(12, 4)
KEY = {"scheme": TEXT, "scheme_version": TEXT}
SCHEMAS: dict[str, dict[str, Any]] = {
    "scheme_awards": KEY
    | {
        "peer_group": TEXT,
        "entry": WHOLE,
        "size_from": WHOLE,
        "size_to": WHOLE,
        "place": WHOLE,
        "is_from_end": FLAG,
        "yuan": YUAN,
    },
    "scheme_funds": KEY | {"place": WHOLE, "is_from_end": FLAG, "yuan": YUAN, "needs_size": WHOLE},
    "scheme_consequences": KEY
    | {"consequence": TEXT, "title_zh": TEXT, "title_en": TEXT, "kind": TEXT, "places": WHOLE, "is_from_end": FLAG}
    | {"within": TEXT, "times": WHOLE, "grade": TEXT},
    "scheme_bonds": KEY | {"grade": TEXT, "returned": SHARE, "rewarded": SHARE},
    "scheme_payments": KEY
    | {"tier": WHOLE, "from_score": SHARE, "pays": SHARE, "pass_mark": SHARE, "yuan_per_point": YUAN}
    | {"part_month": TEXT},
}
LISTS = {"red": ("红榜", "Red list"), "black": ("黑榜", "Black list")}


def outcome_tables(schemes: list[Scheme]) -> dict[str, pl.DataFrame]:
    """awards, funds, consequences and lists, bonds and payment tiers by name."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}
    for scheme in schemes:
        key: dict[str, Any] = {"scheme": scheme.scheme, "scheme_version": scheme.version}
        rows["scheme_awards"] += [key | row for row in _awards(scheme)]
        rows["scheme_funds"] += [key | row for row in _funds(scheme)]
        rows["scheme_consequences"] += [key | row for row in _consequences(scheme)]
        rows["scheme_bonds"] += [
            key | {"grade": grade, "returned": bond.returned, "rewarded": bond.rewarded}
            for grade, bond in scheme.bonds.items()
        ]
        if scheme.payment is not None:
            tiers = [(tier.from_, tier.pays) for tier in scheme.payment.tiers] + [(None, scheme.payment.otherwise)]
            common = scheme.payment.model_dump(include={"pass_mark", "yuan_per_point", "part_month"})
            rows["scheme_payments"] += [
                key | {"tier": tier, "from_score": at, "pays": pays} | common
                for tier, (at, pays) in enumerate(tiers, 1)
            ]
    return {name: pl.DataFrame(rows[name], schema=schema) for name, schema in SCHEMAS.items()}


def _awards(scheme: Scheme) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for group, tables in scheme.awards.items():
        for table in tables:
            size = {"peer_group": group, "size_from": table.group_size_from, "size_to": table.group_size_to}
            for place, yuan in table.gives.items():
                number = FROM_END.get(place) or int(place)
                entry = {"entry": len(found) + 1, "place": number, "is_from_end": place in FROM_END, "yuan": yuan}
                found.append(size | entry)
    return found


def _funds(scheme: Scheme) -> list[dict[str, Any]]:
    if scheme.funds is None:
        return []
    size = {"needs_size": len(scheme.funds.takes) + len(scheme.funds.gives)}
    gives = [{"place": at, "is_from_end": False, "yuan": yuan} for at, yuan in enumerate(scheme.funds.gives, 1)]
    takes = [{"place": at, "is_from_end": True, "yuan": -yuan} for at, yuan in enumerate(scheme.funds.takes, 1)]
    return [size | row for row in gives + takes]


def _consequences(scheme: Scheme) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "consequence": each.consequence,
            "title_zh": each.title.zh,
            "title_en": each.title.en,
            "kind": "consequence",
            "places": each.when.among_last,
            "is_from_end": True,
            "within": "group",
            "times": each.when.times,
            "grade": each.when.grade,
        }
        for each in scheme.consequences
    ]
    for name, listed in scheme.lists.items():
        zh, en = LISTS[name]
        found.append(
            {
                "consequence": f"{name}_list",
                "title_zh": zh,
                "title_en": en,
                "kind": f"{name}_list",
                "places": listed.first or listed.last,
                "is_from_end": listed.last is not None,
                "within": listed.of,
                "times": 1,
                "grade": None,
            }
        )
    return found
