"""What a scheme file may not say although it has the right form, each with its line."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from pipelines.city.folder import City
from pipelines.city.hints import nearest
from pipelines.city.periods import parse_period
from pipelines.city.yaml_file import Document
from pipelines.errors import UsageError
from pipelines.registry import known
from pipelines.scoring.parts import by_part, is_of_a_part
from pipelines.scoring.rules import Events, FromFull, PerEvent, Ramp, Value
from pipelines.scoring.scheme import Item, Scheme

LEVELS = 4  # schemes above schemes that one build computes
PERIODS = ("day", "week", "month", "quarter", "half_year", "year")


def scheme_problems(document: Document, scheme: Scheme, city: City) -> Iterator[str]:
    """Every mistake of one scheme that can be told without the others."""
    total = sum(item.full for item in scheme.items)
    if total != 100 and not scheme.weights_need_not_add_up:
        yield (
            f"{document.place('items')}: the full marks add up to {total}, not 100; correct them, or declare "
            "weights_need_not_add_up: true"
        )
    names = [item.item for _, _, item in scheme.parts]
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{document.place('items')}: {name} is there twice; give each item its own name"
    kinds = set(city.reference["units"]["unit_kind"])
    if scheme.applies_to.unit_kind not in kinds:
        yield (
            f"{document.place('applies_to', 'unit_kind')}: no unit is a {scheme.applies_to.unit_kind!r}; "
            f"use one of {', '.join(sorted(kinds))}"
        )
    group, groups = scheme.applies_to.peer_group, set(city.reference["peer_groups"]["peer_group"])
    if group is not None and group not in groups:
        yield (
            f"{document.place('applies_to', 'peer_group')}: there is no peer group {group!r}; "
            f"use {', '.join(sorted(groups)) or 'none: peer_groups.csv is empty'}"
        )
    if scheme.applies_to.period not in city.settings.periods:
        yield (
            f"{document.place('applies_to', 'period')}: the city does not compute {scheme.applies_to.period}; "
            "add it to periods in city.yaml"
        )
    if scheme.valid_to is not None and scheme.valid_to < scheme.valid_from:
        yield f"{document.place('valid_to')}: it ends before it begins; correct one of the two days"
    for part, at, item in scheme.parts:
        place = (part, at) if part == "items" else (part, "items", at)
        yield from _item_problems(document, place, item, scheme, city)
    for part in ("bonus", "penalty"):
        extra = getattr(scheme, part)
        if extra.items and not extra.cap:
            yield f"{document.place(part)}: the cap is 0, so its items count nothing; raise it"
    yield from _outcome_problems(document, scheme, city)


def _item_problems(
    document: Document, place: tuple[str | int, ...], item: Item, scheme: Scheme, city: City
) -> Iterator[str]:
    kind, name = item.source
    yield from _source_problems(document, place, item, city)
    rule, at = item.rule, document.place(*place, "rule")
    floor = _floor(item)
    if floor is not None and floor > item.full:
        yield f"{at}: not_below {floor} is above the full marks {item.full}; a floor stands below its cap"
    for piece in rule.pieces(item.full) if floor is None or floor <= item.full else ():
        ends = [piece.intercept + piece.slope * x for x in (piece.low, piece.high) if x is not None]
        if any(y > item.full for y in ends):
            yield f"{at}: it gives more than the full marks {item.full}; lower it, or raise full"
            break
    if isinstance(rule, PerEvent):
        if kind != "measure":
            yield f"{at}: per_event counts a measure, not {kind}; name a measure"
        if len(rule.per_event.tiers) > 1 and name != "reworked":
            yield f"{at}: {_second(rule.per_event)} needs events counted by case: only reworked is"
    if item.not_held:
        for period in item.not_held:
            try:
                kind_of = parse_period(period).kind
            except UsageError as error:
                yield f"{document.place(*place, 'not_held')}: {error.what}"
                continue
            if kind_of != scheme.applies_to.period:
                yield f"{document.place(*place, 'not_held')}: {period} is no {scheme.applies_to.period}"


def _source_problems(document: Document, place: tuple[str | int, ...], item: Item, city: City) -> Iterator[str]:
    """Where the value is to come from."""
    kind, name = item.source
    known_codes = {
        "indicator": known("indicators") | city.indicators.codes,
        "measure": known("measures") | city.indicators.measure_codes,
    }
    for mine, codes in known_codes.items():
        if kind == mine and name not in codes and not is_of_a_part(city, mine, name):
            yield f"{document.place(*place, mine)}: {name!r} is not known{_among(name, codes | by_part(city, mine))}"
    if kind not in ("indicator", "scheme") and "needs_at_least" in item.model_fields_set:
        yield (
            f"{document.place(*place, 'needs_at_least')}: a {kind} has no sample, as an indicator (its denominator) "
            "and a scheme (how many scores) have; remove it, or score a rate"
        )


def _floor(item: Item) -> Decimal | None:
    rule = item.rule
    if isinstance(rule, Ramp):
        return None if isinstance(rule.ramp, tuple) else rule.ramp.not_below
    if isinstance(rule, PerEvent):
        return rule.per_event.not_below
    if isinstance(rule, Value):
        return rule.value.not_below
    return rule.from_full.not_below if isinstance(rule, FromFull) else None


def _second(events: Events) -> str:
    return next(key for key in events.model_fields_set if key.startswith("from_"))


def _among(name: str, codes: Iterable[str]) -> str:
    return nearest(name, codes) + f"; use one of {', '.join(sorted(codes))}"


def _outcome_problems(document: Document, scheme: Scheme, city: City) -> Iterator[str]:
    groups = set(city.reference["peer_groups"]["peer_group"]) if scheme.compare_within == "peer_group" else {"all"}
    for group in scheme.awards:
        if group not in groups:
            yield (
                f"{document.place('awards', group)}: there is no peer group {group!r}; "
                f"use {', '.join(sorted(groups)) or 'none: peer_groups.csv is empty'}"
            )
    for key, kind in (("payment", "month"), ("bonds", "year")):
        if getattr(scheme, key) and scheme.applies_to.period != kind:
            yield (
                f"{document.place(key)}: it is settled by the {kind}, and this scheme scores a "
                f"{scheme.applies_to.period}; move it to one with period: {kind} (over: periods takes shorter ones)"
            )
    for grade in scheme.bonds:
        if grade not in scheme.grades:
            yield f"{document.place('bonds', grade)}: grades does not name {grade!r}"
    for at, consequence in enumerate(scheme.consequences):
        named = consequence.when.grade
        if named is not None and named not in scheme.grades:
            yield f"{document.place('consequences', at, 'when', 'grade')}: grades does not name {named!r}"


def validity_problems(found: list[tuple[Document, Scheme]]) -> Iterator[str]:
    """Versions of one scheme follow each other without overlap and without gap."""
    by_name: dict[str, list[tuple[Document, Scheme]]] = {}
    for document, scheme in found:
        by_name.setdefault(scheme.scheme, []).append((document, scheme))
    for name, versions in by_name.items():
        versions.sort(key=lambda pair: pair[1].valid_from)
        for (before, earlier), (document, later) in itertools.pairwise(versions):
            place = document.place("valid_from")
            if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                yield (
                    f"{place}: two versions of {name} are valid on {later.valid_from}, this and {before.path.name}; "
                    "end the earlier one with valid_to the day before"
                )
            elif earlier.valid_to + timedelta(days=1) < later.valid_from:
                yield (
                    f"{place}: no version of {name} is valid between {earlier.valid_to} ({before.path.name}) and "
                    f"{later.valid_from}; close the gap"
                )


def nesting_problems(found: list[tuple[Document, Scheme]]) -> Iterator[str]:
    """A scheme may take the scores of others that exist, fit it, and do not take its own."""
    by_name = {scheme.scheme: scheme for _, scheme in found}
    for document, scheme in found:
        for part, at, item in scheme.parts:
            if item.scheme is None:
                continue
            place = document.place(*((part, at) if part == "items" else (part, "items", at)), "scheme")
            other = by_name.get(item.scheme)
            if other is None:
                yield f"{place}: there is no scheme {item.scheme!r}{_among(item.scheme, by_name)}"
                continue
            mine, theirs = scheme.applies_to, other.applies_to
            if item.over != "children" and mine.unit_kind != theirs.unit_kind:
                yield f"{place}: {item.scheme} scores a {theirs.unit_kind}, not a {mine.unit_kind}; over: children?"
            if item.over == "periods" and PERIODS.index(theirs.period) >= PERIODS.index(mine.period):
                yield f"{place}: over: periods needs a scheme of shorter periods than a {mine.period}"
            if item.over != "periods" and theirs.period != mine.period:
                yield f"{place}: {item.scheme} is scored by {theirs.period}, this one by {mine.period}; over: periods?"
    levels = levels_of([scheme for _, scheme in found])
    for document, scheme in found:
        if levels.get(scheme.scheme, 0) >= LEVELS:
            yield (
                f"{document.place('items')}: schemes stand on one another in a circle, or more than {LEVELS} deep; "
                "take the scores of a scheme nearer to the figures"
            )


def levels_of(schemes: list[Scheme]) -> dict[str, int]:
    """0 for a scheme of figures only, else one more than the highest it takes scores from; a circle ends at LEVELS."""
    takes: dict[str, set[str]] = {}
    for scheme in schemes:
        takes.setdefault(scheme.scheme, set()).update(i.scheme for _, _, i in scheme.parts if i.scheme is not None)
    levels = dict.fromkeys(takes, 0)
    for _ in range(LEVELS + 1):
        levels = {
            name: min(LEVELS, max((levels.get(o, -1) + 1 for o in others), default=0)) for name, others in takes.items()
        }
    return levels
