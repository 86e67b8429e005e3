"""Points and scores from the text of a scheme file, in plain Python decimals: nothing of the scoring engine is used."""

from __future__ import annotations

import itertools
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ONE = Decimal(1)
NTH = {"from_second_on": 2, "from_third_on": 3, "from_fourth_on": 4, "from_fifth_on": 5}


def number(value: Any) -> Decimal:
    return Decimal(str(value))


def rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(ONE.scaleb(-decimals), ROUND_HALF_UP)


def points(item: dict, rounding: dict, numerator: Decimal, denominator: Decimal | None, repeats: list[int]) -> Decimal:
    """What an item earns; ``repeats`` holds the number of events of each case."""
    full, rule = number(item["full"]), item["rule"]
    x = numerator if denominator is None else rounded(numerator / denominator, rounding.get("rate", 4))
    if isinstance(rule, str):
        rule = {rule: {}}
    ((shape, body),) = rule.items()
    if shape == "share":
        earned = full * (1 - x if body == "complement" else x)
    elif shape == "from_full":
        earned = full - x
    elif shape == "value":
        earned = x
    elif shape == "ladder":
        earned = next(
            (
                number(step["gives"])
                for step in body["steps"]
                if ("at_least" in step and x >= number(step["at_least"]))
                or ("at_most" in step and x <= number(step["at_most"]))
            ),
            number(body["otherwise"]),
        )
    elif shape == "per_event":
        earned = number(body["gain"]) * x if "gain" in body else full - lost_by_events(body, x, repeats)
    elif isinstance(body, list):
        earned = on_corners(x, [(number(a), number(b)) for a, b in body])
    else:
        short = max(number(body["target"]) - x, Decimal(0))
        earned = full - short / number(body["for_each"]) * number(body["lose"])
    floor = number(body.get("not_below", 0)) if isinstance(body, dict) else Decimal(0)
    return rounded(min(max(earned, floor), full), rounding.get("item", 2))


def lost_by_events(body: dict, events: Decimal, repeats: list[int]) -> Decimal:
    dearer = [(nth, number(body[key])) for key, nth in NTH.items() if key in body]
    if not dearer:
        return events * number(body["lose"])
    total = Decimal(0)
    for times in repeats:
        for at in range(1, times + 1):
            price = number(body["lose"])
            for nth, dear in dearer:
                if at >= nth:
                    price = dear
            total += price
    return total


def on_corners(x: Decimal, corners: list[tuple[Decimal, Decimal]]) -> Decimal:
    if x <= corners[0][0]:
        return corners[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        if x <= x1:
            return y0 + (x - x0) * (y1 - y0) / (x1 - x0)
    return corners[-1][1]
