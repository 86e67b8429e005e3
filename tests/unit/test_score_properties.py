"""Properties of scores, ranks and funds moved as the models compute them: many schemes and units in one go."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.scoring import Scheme, rule_tables
from tests.models import build_models

PERIOD, EXACT = "2026-10", pl.Decimal(18, 4)
STEPS = st.lists(st.integers(1, 99), min_size=1, max_size=3, unique=True).map(lambda xs: sorted(xs, reverse=True))
FULL = st.integers(1, 120).map(lambda n: Decimal(n) / 2)


@st.composite
def upward(draw: st.DrawFn, full: Decimal, most: Decimal) -> Any:
    """A rule under which a higher value never earns less."""
    kind = draw(st.sampled_from(["share", "ramp", "corners", "ladder"]))
    if kind == "share":
        return "share"
    if kind == "ramp":
        floor = draw(st.sampled_from([Decimal(0), full / 2]))
        target, lose = draw(st.integers(1, 100)), draw(st.integers(1, 40))
        return {"ramp": {"target": target * most / 100, "lose": Decimal(lose) / 10, "for_each": most / 100}
                | {"not_below": floor.quantize(Decimal("0.01"))}}  # fmt: skip
    at = sorted(draw(STEPS))
    if kind == "corners":
        given_points = [full * n / len(at) for n in range(len(at) + 1)]
        return {"ramp": [[x * most / 100, y.quantize(Decimal("0.01"))] for x, y in zip([0, *at], given_points)]}  # noqa: B905
    steps = [
        {"at_least": x * most / 100, "gives": (full * (n + 1) / len(at)).quantize(Decimal("0.01"))}
        for n, x in enumerate(at)
    ]
    return {"ladder": {"steps": steps[::-1], "otherwise": 0}}


@st.composite
def items(draw: st.DrawFn, number: int, *, extra: bool = False) -> dict[str, Any]:
    """An item that one more case, closed on time and never reworked, cannot worsen."""
    full = draw(FULL)
    told: dict[str, Any] = {"item": f"i{number}", "title": {"zh": "项", "en": "item"}, "full": full}
    kind = draw(st.sampled_from(["rate", "less", "events", "off", "count"]))
    if kind == "rate":
        code = draw(st.sampled_from(["on_time_closure_rate", "closure_rate"]))
        told |= {"indicator": code, "rule": draw(upward(full, Decimal(1)))}
    elif kind == "less":
        told |= {"indicator": "rework_rate", "rule": {"share": "complement"}}
    elif kind == "events":
        later = draw(st.sampled_from([{}, {"from_third_on": Decimal("0.7")}]))
        told |= {"measure": "reworked", "none_counts_as": 0, "rule": {"per_event": {"lose": Decimal("0.2")} | later}}
    elif kind == "off":
        told |= {"measure": "overdue_open", "none_counts_as": 0, "rule": "from_full"}
    else:
        told |= {
            "measure": "closed",
            "none_counts_as": 0,
            "rule": draw(upward(full, Decimal(60)).filter(lambda r: r != "share")),
        }
    if "indicator" in told and not extra:
        # a sample that is too small shares its marks out until it is not: only from none at all is that no loss
        told |= draw(st.sampled_from([{}, {"needs_at_least": 5}, {"otherwise": "share_out"}]))
    return told


@st.composite
def schemes(draw: st.DrawFn, number: int) -> Scheme:
    cap = draw(st.integers(0, 10))
    bonus = [draw(items(9, extra=True).filter(lambda i: "reworked" not in i.values()))] if cap else []
    moved = draw(st.lists(st.integers(1, 10_000).map(lambda n: Decimal(n) / 100), min_size=1, max_size=3))
    return Scheme.model_validate(
        {
            "scheme": f"s{number}", "title": {"zh": "办法", "en": "scheme"}, "source": "example",
            "valid_from": date(2026, 1, 1), "applies_to": {"unit_kind": "street", "period": "month"},
            "compare_within": draw(st.sampled_from(["peer_group", "all"])), "weights_need_not_add_up": True,
            "items": [draw(items(n)) for n in range(draw(st.integers(1, 4)))], "bonus": {"cap": cap, "items": bonus},
            "rounding": {"rate": draw(st.integers(2, 6)), "item": draw(st.integers(1, 2))}
            | {"total": draw(st.integers(1, 4))},
            "funds": {"takes": [sum(moved, Decimal(0))], "gives": moved},
        }
    )  # fmt: skip


@dataclass(frozen=True)
class Unit:
    """What a unit did in the month: of ``due`` cases ``closed`` were, ``on_time`` of them in time."""

    due: int
    closed: int
    on_time: int
    reworked: int

    @property
    def better(self) -> Unit:
        """With one more case, closed on time."""
        return Unit(self.due + 1, self.closed + 1, self.on_time + 1, self.reworked)


@st.composite
def units(draw: st.DrawFn) -> Unit:
    due = draw(st.integers(0, 40))
    closed = draw(st.integers(0, due))
    return Unit(due, closed, draw(st.integers(0, closed)), draw(st.integers(0, 12)) if due else 0)


KEY = {"period": pl.String, "unit_code": pl.String}
REASONS = dict.fromkeys(("reason_code", "reason_zh", "reason_en"), pl.String)
DAYS = {"valid_from": pl.Date, "valid_to": pl.Date}
INDICATOR = {"channel": pl.String, "indicator": pl.String, "numerator": EXACT, "denominator": EXACT, "rate": pl.Float64}


def inputs(found: Sequence[Scheme], done: dict[str, Unit]) -> dict[str, pl.DataFrame]:
    """What the models read: the rules of ``found``, and what the units of ``done`` did."""
    counts: list[tuple[object, ...]] = []
    rates: list[tuple[object, ...]] = []
    repeats: list[tuple[object, ...]] = []
    for code, unit in done.items():
        for measure, value in (
            ("due_to_close", unit.due),
            ("closed", unit.closed),
            ("reworked", unit.reworked),
            ("rework_recorded", unit.due),
            ("overdue_open", unit.due - unit.closed),
        ):
            counts += [(PERIOD, code, "all", measure, Decimal(value))] if value else []
        for name, over in (
            ("closure_rate", unit.closed),
            ("on_time_closure_rate", unit.on_time),
            ("rework_rate", unit.reworked),
        ):
            rate = 0.5 if unit.due else None  # only whether there is one is read
            rates.append((PERIOD, code, "all", name, Decimal(over), Decimal(unit.due), rate))
        if unit.reworked > 2:  # of one case
            repeats.append((PERIOD, code, "all", "reworked", 3, unit.reworked - 2))
    streets = [(code, "street", True, None, None) for code in done]
    groups = [(code, f"g{at // 2 % 2}", date(2025, 1, 1), None) for at, code in enumerate(done)]
    month = [(PERIOD, "month", date(2026, 10, 1), date(2026, 10, 31), "2026-09")]
    period = {"period": pl.String, "period_type": pl.String, "starts_on": pl.Date, "ends_on": pl.Date}
    text = dict.fromkeys(("target_key", "kind", "status", "item_code"), pl.String)
    schemas: dict[str, tuple[list[tuple[object, ...]], dict[str, Any]]] = {
        "stg_periods": (month, period | {"previous_period": pl.String}),
        "dim_units": (streets, {"unit_code": pl.String, "unit_kind": pl.String, "is_ranked": pl.Boolean} | DAYS),
        "stg_peer_groups": (groups, {"unit_code": pl.String, "peer_group": pl.String} | DAYS),
        "kpi_counts": (counts, KEY | {"channel": pl.String, "measure": pl.String, "value": EXACT}),
        "kpi_indicators": ([(*row, None, None, None) for row in rates], KEY | INDICATOR | REASONS),
        "int_case_repeats": (
            repeats,
            KEY | {"channel": pl.String, "measure": pl.String, "from_nth": pl.Int64, "events": pl.Int64},
        ),
        "stg_evidence": ([], KEY | text),
        "stg_late_feeds": ([], KEY | REASONS),
        "int_adjustments": ([], KEY | text | {"points": EXACT}),
    }
    frames = {name: pl.DataFrame(rows, schema, orient="row") for name, (rows, schema) in schemas.items()}
    return frames | {f"stg_{name}": table for name, table in rule_tables(list(found)).items()}


def computed(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """score_items_0, rank_units and score_awards."""
    with duckdb.connect() as db:
        for name, table in tables.items():
            db.register(name, table)
        build_models(db, "score_items_0", "score_units_0")
        db.execute("create view score_units as from score_units_0")
        build_models(db, "rank_units", "score_awards")
        return {m: db.sql(f"from {m} order by all").pl() for m in ("score_items_0", "rank_units", "score_awards")}


MANY = st.tuples(*(schemes(n) for n in range(8))), st.lists(units(), min_size=10, max_size=14)


@settings(max_examples=4, deadline=None)
@given(*MANY)
def test_scores_ranks_and_funds(found: tuple[Scheme, ...], base: list[Unit]) -> None:
    done = {f"U{at:02d}": unit for at, unit in enumerate(base)}
    done |= {f"{code}b": unit.better for code, unit in done.items()}
    tables = computed(inputs(found, done))
    ranks = tables["rank_units"].to_dicts()
    by_name = {scheme.scheme: scheme for scheme in found}
    score = {(row["scheme"], row["unit_code"]): row["score"] for row in ranks}

    # one more case on time never lowers the score of a unit
    for (scheme, code), before in score.items():
        after = score.get((scheme, f"{code}b"))
        if before is not None and after is not None:
            assert after >= before, (scheme, done[code])

    # an item lies between its floor and its full marks, a score between nothing and full marks with the bonus
    floors = {(s.scheme, i.item): getattr(i.rule, "ramp", None) for s in found for _, _, i in s.parts}
    for item in tables["score_items_0"].to_dicts():
        if item["points"] is not None and item["reason_code"] not in ("small_sample", "zero_denominator"):
            floor = getattr(floors[item["scheme"], item["item"]], "not_below", 0)
            assert floor <= item["points"] <= item["full_marks"]
    for row in ranks:
        assert row["score"] is None or 0 <= row["score"] <= row["full_marks"] + by_name[row["scheme"]].bonus.cap

    # a tie is a tie after rounding, and a place is one more than the number of better ones
    groups: dict[tuple[str, str], list[Decimal]] = {}
    for row in ranks:
        if row["is_ranked"]:
            groups.setdefault((row["scheme"], row["peer_group"]), []).append(row["score"])
    for row in ranks:
        if row["is_ranked"]:
            step, group = (
                Decimal(1).scaleb(-by_name[row["scheme"]].rounding.total),
                groups[row["scheme"], row["peer_group"]],
            )
            assert row["score"] == row["score"].quantize(step)
            assert row["rank"] == 1 + sum(other > row["score"] for other in group)
            assert row["rank_from_end"] == 1 + sum(other < row["score"] for other in group)

    # funds moved add up to zero in every group
    sums = tables["score_awards"].group_by("scheme", "peer_group").agg(pl.col("yuan").sum())
    assert sums["yuan"].to_list() == [0] * sums.height


@settings(max_examples=2, deadline=None)
@given(*MANY, st.randoms())
def test_the_order_of_the_input_never_matters(
    found: tuple[Scheme, ...], base: list[Unit], order: random.Random
) -> None:
    tables = inputs(found, {f"U{at:02d}": unit for at, unit in enumerate(base)})
    first = computed(tables)
    again = computed({name: table[order.sample(range(table.height), table.height)] for name, table in tables.items()})
    for name, table in first.items():
        assert again[name].equals(table), name
