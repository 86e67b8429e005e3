"""Kansas City's resident survey through the whole main job: "don't know" is counted and is in no rate."""

from __future__ import annotations

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import pytest

from tests.integration.real_city import CityJob, read_rows, run_city
from tests.personal_data import found_in

PERIOD, ENOUGH = "2021-Q3", 30
FULL_MARKS = {"q3_04": 50, "q3_10": 25, "q17_04": 25}
DISTRICTS = ("1", "2", "3", "4", "5", "6")
# By hand over the sample with another tool, all districts: satisfied, of those who rate, don't know.
TOTALS = {"q3_04": (198, 340, 5), "q3_10": (172, 298, 47), "q17_04": (154, 264, 81)}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> CityJob:
    return run_city("kansascity", tmp_path_factory.mktemp("kansascity"), period=PERIOD)


@pytest.fixture(scope="module")
def answers(job: CityJob) -> Counter[tuple[str, str, str]]:
    """District (and the city), question, code: how many."""
    found: Counter[tuple[str, str, str]] = Counter()
    for row in read_rows(job.file("survey")):
        for question in FULL_MARKS:
            for unit in (row["counci"], "city"):
                found[unit, question, row[question]] += 1
    return found


def _satisfied_and_rating(answers: Counter[tuple[str, str, str]], unit: str, question: str) -> tuple[int, int]:
    return tuple(sum(answers[unit, question, code] for code in codes) for codes in ("45", "12345"))  # type: ignore[return-value]


def test_every_answer_of_the_file_is_in_its_count(job: CityJob, answers: Counter[tuple[str, str, str]]) -> None:
    expected = {}
    for unit in (*DISTRICTS, "city"):
        for question in FULL_MARKS:
            satisfied, rating = _satisfied_and_rating(answers, unit, question)
            unknown = answers[unit, question, "9"]
            expected[unit, f"survey_satisfied_{question}"] = satisfied
            expected[unit, f"survey_answered_{question}"] = rating
            expected[unit, f"survey_dont_know_{question}"] = unknown
            expected[unit, f"survey_asked_{question}"] = rating + unknown
    found = {
        (unit, measure): value
        for (unit, period, measure), value in job.counts().items()
        if period == PERIOD and measure.endswith(tuple(FULL_MARKS))
    }
    assert found == {cell: value for cell, value in expected.items() if value}
    for question, told in TOTALS.items():
        assert (*_satisfied_and_rating(answers, "city", question), answers["city", question, "9"]) == told


def test_a_response_counts_once_whatever_it_answers(job: CityJob) -> None:
    people = Counter(row["counci"] for row in read_rows(job.file("survey")))
    found = {unit: n for (unit, period), n in job.counts_of("survey_responses").items() if period == PERIOD}
    assert found == {**people, "city": people.total()}


def test_dont_know_is_outside_of_the_rate(job: CityJob, answers: Counter[tuple[str, str, str]]) -> None:
    rows = job.sql(f"select * from mart_indicators where period = '{PERIOD}' and channel = 'all'").to_dicts()
    rates = {(row["unit_code"], row["indicator"]): (row["numerator"], row["denominator"]) for row in rows}
    for unit in (*DISTRICTS, "city"):
        for question in FULL_MARKS:
            satisfied, rating = _satisfied_and_rating(answers, unit, question)
            assert rates[unit, f"survey_satisfaction_rate_{question}"] == (satisfied, rating)
            unknown = answers[unit, question, "9"]
            assert rates[unit, f"survey_dont_know_rate_{question}"] == (unknown, rating + unknown)


def test_districts_are_ranked_by_those_who_rate(job: CityJob, answers: Counter[tuple[str, str, str]]) -> None:
    scores: dict[str, Decimal] = {}
    for unit in DISTRICTS:
        told = [(*_satisfied_and_rating(answers, unit, question), full) for question, full in FULL_MARKS.items()]
        if min(rating for _, rating, _ in told) >= ENOUGH:
            rates = [((Decimal(one) / of).quantize(Decimal("0.0001"), ROUND_HALF_UP), full) for one, of, full in told]
            scores[unit] = sum((r * full).quantize(Decimal("0.01"), ROUND_HALF_UP) for r, full in rates)  # type: ignore[assignment]
    assert 1 < len(scores) < len(DISTRICTS)  # one of them is too small to be ranked
    (group,) = job.ask("rank", "--period", PERIOD)["groups"]
    assert {unit["unit_code"] for unit in group["units"]} == set(DISTRICTS)
    for unit in group["units"]:
        score = scores.get(unit["unit_code"])
        assert unit["ranked"] == (score is not None), unit
        if score is None:
            assert unit["reason"]
        else:
            assert Decimal(str(unit["score"])) == score
            assert unit["rank"] == 1 + sum(other > score for other in scores.values())


def test_nothing_personal_leaves_landing(job: CityJob) -> None:
    assert found_in(job.home.root) == {}
