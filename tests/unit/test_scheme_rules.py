"""Rule shapes against hand-worked points and properties; what a scheme may not say, with file and line."""

from __future__ import annotations

import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from pipelines.city import load_city
from pipelines.errors import UsageError
from pipelines.scoring import load_schemes
from pipelines.scoring.rules import Rule
from pipelines.settings import REPO

RULE = TypeAdapter(Rule)


def earned(rule: object, full: int, x: str) -> Fraction:
    """Points of the value ``x``, by looking up its piece."""
    value = Fraction(x)
    found = []
    for piece in RULE.validate_python(rule).pieces(Decimal(full)):
        low, high = piece.low, piece.high
        if piece.closed_below:
            inside = (low is None or low <= value) and (high is None or value < high)
        else:
            inside = (low is None or low < value) and (high is None or value <= high)
        if inside:
            found.append(piece.intercept + piece.slope * value)
    assert len(found) == 1, f"{x} falls into {len(found)} pieces"
    return found[0]


@pytest.mark.parametrize(
    ("rule", "full", "x", "points"),
    [
        ("share", 20, "0.8982", "17.964"),
        ({"share": "complement"}, 15, "0.108", "13.38"),
        # Lianyungang: satisfaction of full 25, target 95 %, 0.5 a point, floor 12.5
        ({"ramp": {"target": 0.95, "lose": 0.5, "for_each": 0.01, "not_below": 12.5}}, 25, "0.9", "22.5"),
        ({"ramp": {"target": 0.95, "lose": 0.5, "for_each": 0.01, "not_below": 12.5}}, 25, "0.5", "12.5"),
        ({"ramp": {"target": 0.95, "lose": 1, "for_each": 0.01}}, 20, "1", "20"),
        ({"ramp": {"target": 0.05, "lose": 1, "for_each": 0.01, "better": "lower"}}, 10, "0.08", "7"),
        ({"ramp": [[0.6, 0], [0.9, 15], [1, 20]]}, 20, "0.75", "7.5"),
        # the ladder of a post's cases: 1201–2000 gives 90
        (
            {"ladder": {"steps": [{"at_least": 2001, "gives": 100}, {"at_least": 1201, "gives": 90}], "otherwise": 0}},
            100,
            "1201",
            "90",
        ),
        (
            {"ladder": {"steps": [{"at_least": 2001, "gives": 100}, {"at_least": 1201, "gives": 90}], "otherwise": 0}},
            100,
            "1200",
            "0",
        ),
        (
            {"ladder": {"steps": [{"at_most": 50, "gives": 100}, {"at_most": 100, "gives": 90}], "otherwise": 0}},
            100,
            "50",
            "100",
        ),
        (
            {"ladder": {"steps": [{"at_most": 50, "gives": 100}, {"at_most": 100, "gives": 90}], "otherwise": 0}},
            100,
            "51",
            "90",
        ),
        ("from_full", 35, "7.5", "27.5"),
        ("from_full", 35, "50", "0"),
        ({"value": {"not_below": 2}}, 10, "1", "2"),
        ("value", 10, "11", "10"),
    ],
)
def test_points_by_hand(rule: object, full: int, x: str, points: str) -> None:
    assert earned(rule, full, x) == Fraction(points)


def test_later_events_of_one_case_are_dearer() -> None:
    """0.2 each, from the third on 0.5: a case with four events costs 0.2 + 0.2 + 0.5 + 0.5."""
    tiers = RULE.validate_python({"per_event": {"lose": 0.2, "from_third_on": 0.5}}).per_event.tiers
    assert sum(adds * max(4 - nth + 1, 0) for nth, adds in tiers) == Decimal("1.4")


RATES = st.integers(0, 10_000).map(lambda n: str(Fraction(n, 10_000)))
UPWARD = st.sampled_from(
    [
        "share",
        {"ramp": {"target": 0.95, "lose": 0.7, "for_each": 0.03, "not_below": 4}},
        {"ramp": [[0.2, 1], [0.5, 1], [0.9, 20]]},
        {"ladder": {"steps": [{"at_least": 0.9, "gives": 20}, {"at_least": 0.3, "gives": 2}], "otherwise": 0}},
    ]
)


@given(UPWARD, RATES, RATES)
def test_a_better_rate_never_earns_less_and_points_stay_inside(rule: object, a: str, b: str) -> None:
    low, high = sorted((a, b), key=Fraction)
    assert 0 <= earned(rule, 20, low) <= earned(rule, 20, high) <= 20


@given(UPWARD, st.integers(1, 500), st.integers(0, 500))
def test_one_more_case_on_time_never_lowers_the_points(rule: object, due: int, on_time: int) -> None:
    on_time = min(due, on_time)
    before = earned(rule, 20, str(Fraction(on_time, due)))
    assert before <= earned(rule, 20, str(Fraction(on_time + 1, due + 1)))


MISTAKES = {
    "full: 25": ("full: 26", "items: the full marks add up to 101"),
    "rule: share": (
        "rule: {ladder: {steps: [{at_least: 1, gives: 1}, {at_most: 3, gives: 2}], otherwise: 0}}",
        "has holes",
    ),
    "measure: reworked": ("measure: re_worked", "did you mean 'reworked'"),
    "not_below: 10": ("not_below: 30", "a floor stands below its cap"),
    "among_last: 1, times: 2": ("grade: 特优", "grades does not name '特优'"),
    "outer:\n": ("outskirts:\n", "there is no peer group 'outskirts'"),
}


def test_all_mistakes_of_a_scheme_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    shutil.copytree(REPO / "cities" / "demo", folder)
    path = folder / "schemes" / "streets_monthly.yaml"
    text = path.read_text(encoding="utf-8")
    told = []
    for right, (wrong, message) in MISTAKES.items():
        assert right in text
        path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
        with pytest.raises(UsageError) as caught:
            load_schemes(load_city(str(folder)))
        assert message in str(caught.value)
        assert f"{path}:" in str(caught.value)
        if "has holes" not in message:  # a shape that cannot be read hides what only holds between its parts
            text_now = path.read_text(encoding="utf-8")
            told.append((text_now, message))
    for right, (wrong, message) in MISTAKES.items():
        if "has holes" not in message:
            text = text.replace(right, wrong, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load_schemes(load_city(str(folder)))
    for _, message in told:
        assert message in str(caught.value)


def test_schemes_in_a_circle_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    shutil.copytree(REPO / "cities" / "demo", folder)
    path = folder / "schemes" / "streets_monthly.yaml"
    text = path.read_text(encoding="utf-8").replace("indicator: closure_rate", "scheme: streets_monthly", 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="in a circle"):
        load_schemes(load_city(str(folder)))
