"""Suites at the door and before publishing: each rule is broken once, and only that rule may say so."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from expectations import CheckResult, check_batch, check_marts, titles
from expectations.suites import contract_suite, mart_names, mart_suite
from pipelines.contracts import CONTRACTS, DELIVERED
from pipelines.contracts.schemas import lake_schema

CASES = CONTRACTS["cases"]
START = datetime(2026, 10, 1, 8)
RATE, SCORE = pl.Decimal(18, 6), pl.Decimal(9, 4)


def cases(count: int = 400) -> pl.DataFrame:
    """Good cases: reported one an hour, closed a day later, due after two."""
    rows = [
        {
            "case_id": f"C{i:05}",
            "channel": "hotline",
            "category_code": "K1",
            "area_code": "A1",
            "unit_code": "U1",
            "reported_at": START + timedelta(hours=i),
            "due_at": START + timedelta(hours=i + 48),
            "handled_at": START + timedelta(hours=i + 20),
            "closed_at": START + timedelta(hours=i + 24),
            "rework_count": i % 3,
            "source_system": "hotline",
            "delivery_id": "hotline-1",
            "source_file": "a.csv",
            "source_row": i + 2,
            "extracted_at": START + timedelta(days=90),
            "longitude": 118.1,
        }
        for i in range(count)
    ]
    frame = pl.DataFrame(rows)
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in lake_schema(CASES).items()
    )


def not_passed(results: list[CheckResult]) -> dict[str, CheckResult]:
    return {result.check_name: result for result in results if not result.success}


def test_a_good_batch_passes_every_check() -> None:
    results = check_batch(CASES, cases())
    assert not_passed(results) == {}
    names = [check.check for check in contract_suite(CASES).checks]
    assert [result.check_name for result in results] == ["columns_as_agreed", *names]
    assert {result.suite for result in results} == {"cases"}


def test_closings_before_the_report_are_shown_with_their_rows() -> None:
    late = pl.col("reported_at") - timedelta(hours=1)
    few = cases().with_columns(
        pl.when(pl.col("source_row") <= 11).then(late).otherwise("closed_at").alias("closed_at"),
        pl.when(pl.col("source_row") <= 11).then(None).otherwise("handled_at").alias("handled_at"),
    )
    failed = not_passed(check_batch(CASES, few))
    assert set(failed) == {"closed_after_reported"}  # 10 of 400 is above 1 % and below 10 %
    result = failed["closed_after_reported"]
    assert (result.severity, result.stops, result.unexpected_count) == ("warn", False, 10)
    assert result.observed == "10 / 400 (2.50 %)"
    assert result.failing_rows[0] == {
        "case_id": "C00000",
        "source_file": "a.csv",
        "source_row": 2,
        "closed_at": "2026-10-01 07:00:00",
        "reported_at": "2026-10-01 08:00:00",
    }
    json.dumps(result.failing_rows)


def test_a_year_that_is_a_slip_of_the_pen_is_shown_and_stops_nothing_but_a_wrong_column_does() -> None:
    typo = pl.lit(datetime(2206, 10, 1)).cast(pl.Datetime("us"))
    row = pl.int_range(pl.len())
    few = cases().with_columns(pl.when(row == 7).then(typo).otherwise("reported_at").alias("reported_at"))
    shown = not_passed(check_batch(CASES, few))["reported_in_our_time"]
    assert (shown.severity, shown.unexpected_count) == ("warn", 1)
    assert "reported_mostly_in_our_time" not in not_passed(check_batch(CASES, few))
    many = cases().with_columns(pl.when(row % 5 == 0).then(typo).otherwise("reported_at").alias("reported_at"))
    assert not_passed(check_batch(CASES, many))["reported_mostly_in_our_time"].severity == "fail"


def test_swapped_columns_stop_the_feed() -> None:
    swapped = (
        cases().rename({"closed_at": "reported_at", "reported_at": "closed_at"}).select(lake_schema(CASES).names())
    )
    failed = not_passed(check_batch(CASES, swapped))
    assert failed["closed_mostly_after_reported"].stops
    assert len(failed["closed_mostly_after_reported"].failing_rows) == 20
    assert failed["closed_mostly_after_reported"].unexpected_count == 400


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"channel": "post"}, "channel_allowed"),
        ({"channel": None}, "channel_given"),
        ({"rework_count": -1}, "rework_count_in_range"),
        ({"latitude": 90.5}, "latitude_in_range"),
        ({"case_id": None}, "case_id_given"),
    ],
)
def test_what_the_contract_says_is_checked_without_being_written_again(change: dict[str, Any], check: str) -> None:
    column, value = next(iter(change.items()))
    frame = cases().with_columns(
        pl.when(pl.col("source_row") == 7)
        .then(pl.lit(value, lake_schema(CASES)[column]))
        .otherwise(column)
        .alias(column)
    )
    failed = not_passed(check_batch(CASES, frame))
    assert failed[check].stops
    assert failed[check].unexpected_count == 1
    assert [row["source_row"] for row in failed[check].failing_rows] == [7]


def test_a_type_that_is_not_agreed_stops_the_feed() -> None:
    failed = not_passed(check_batch(CASES, cases().with_columns(pl.col("rework_count").cast(pl.Float64))))
    assert set(failed) == {"columns_as_agreed"}
    assert failed["columns_as_agreed"].stops
    assert failed["columns_as_agreed"].observed == "rework_count: Float64, not Int64"


def test_a_check_that_cannot_run_is_an_error_of_the_check() -> None:
    failed = not_passed(check_batch(CASES, cases().drop("registered_at")))
    broken = failed["registered_after_reported"]
    assert "registered_at" in broken.error
    assert (broken.severity, broken.success) == ("fail", False)  # its suite says warn
    assert failed.keys() == {"columns_as_agreed", "registered_after_reported"}


def test_shares_of_blank_and_of_repeated_values_warn() -> None:
    frame = cases().with_columns(
        pl.when(pl.col("source_row") % 2 == 0).then("unit_code").alias("unit_code"),
        pl.when(pl.col("source_row") % 2 == 0).then(pl.lit("C00000")).otherwise("case_id").alias("case_id"),
    )
    failed = not_passed(check_batch(CASES, frame))
    assert set(failed) == {"unit_known", "case_numbers_distinct"}
    assert failed["unit_known"].observed == "0.5000"
    assert not any(result.stops for result in failed.values())


@pytest.mark.parametrize("name", sorted(DELIVERED))
def test_an_empty_delivery_is_pointed_out_and_does_not_stop(name: str) -> None:
    contract = DELIVERED[name]
    failed = not_passed(check_batch(contract, pl.DataFrame(schema=lake_schema(contract))))
    assert set(failed) <= {"rows_present"}
    assert not any(result.stops for result in failed.values())


@pytest.mark.parametrize("name", ["case_suspensions", "callbacks", "operations", "findings", "exposures", "contracts"])
def test_every_written_suite_runs_on_real_types(name: str) -> None:
    """One row of plausible values: no check may break on a type."""
    contract = DELIVERED[name]
    values = {"text": "x", "timestamp": START, "date": START.date(), "integer": 1, "decimal": 1, "boolean": True}
    row = {
        column.name: pl.lit(column.allowed[0] if column.allowed else values[column.type]).cast(kind).alias(column.name)
        for column, kind in zip(contract.lake_columns, lake_schema(contract).values(), strict=True)
    }
    results = check_batch(contract, pl.select(**row))
    assert [(result.check_name, result.error) for result in results if not result.success] == []
    assert len(results) == len(contract_suite(contract).checks) + 1


def _marts() -> dict[str, pl.DataFrame]:
    group = {"period": "2026-10", "scheme": "s", "peer_group": "core"}
    scores = [("U1", "92", 1), ("U2", "90", 2), ("U3", "90", 2), ("U4", "70", 4), ("U5", None, None)]
    ranks = pl.DataFrame(
        [
            group
            | {
                "unit_code": unit,
                "unit_name": unit,
                "score": score,
                "full_marks": "100",
                "rank": rank,
                "group_size": 4,
                "is_ranked": rank is not None,
                "reason_code": None if rank else "small_sample",
            }
            for unit, score, rank in scores
        ]
    )
    items = pl.DataFrame(
        [
            group
            | {
                "unit_code": unit,
                "unit_name": unit,
                "part": "items",
                "item": "closure",
                "state": "scored" if score else "not_ranked",
                "numerator": int(score or 0),
                "denominator": 100 if score else 0,
                "rate": str(int(score) / 100) if score else None,
                "points": score,
                "full_marks": "100",
                "points_lost": str(100 - int(score)) if score else None,
                "reason_code": "share" if score else "zero_denominator",
            }
            for unit, score, _ in scores
        ]
    )
    indicators = pl.DataFrame(
        [
            {
                "period": "2026-10",
                "unit_code": unit,
                "unit_name": unit,
                "channel": "all",
                "indicator": indicator,
                "numerator": n,
                "denominator": d,
                "rate": rate,
                "wilson_low": low,
                "wilson_high": high,
                "reason_code": None if rate else "zero_denominator",
            }
            for unit, indicator, n, d, rate, low, high in [
                ("U1", "closure_rate", 2, 3, "0.666667", "0.2", "0.9"),
                ("U1", "satisfaction_rate", 0, 0, None, None, None),
                ("U1", "rework_rate", 4, 3, "1.333333", None, None),
            ]
        ]
    )
    rates = pl.col("rate", "wilson_low", "wilson_high").cast(RATE)
    return {
        "mart_periods": pl.DataFrame(
            [
                {
                    "period": "2026-10",
                    "period_type": "month",
                    "starts_on": START,
                    "ends_on": START + timedelta(days=30),
                    "as_of": START + timedelta(days=30),
                    "code_version": "abc",
                }
            ]
        ),
        "mart_ranks": ranks.with_columns(pl.col("score", "full_marks").cast(SCORE)),
        "mart_score_items": items.with_columns(
            pl.col("rate").cast(RATE), pl.col("points", "full_marks", "points_lost").cast(SCORE)
        ),
        "mart_indicators": indicators.with_columns(rates, pl.col("numerator", "denominator").cast(pl.Decimal(18, 4))),
    }


def _where(unit: str, column: str, value: Any, then_cast: pl.DataType) -> pl.Expr:
    changed = pl.lit(value).cast(then_cast)
    return pl.when(pl.col("unit_code") == unit).then(changed).otherwise(column).cast(then_cast).alias(column)


def test_good_marts_pass_and_a_tie_is_no_fault() -> None:
    results = check_marts(_marts() | {"mart_case_proofs": pl.DataFrame({"period": ["2026-10"]})})
    assert not_passed(results) == {}
    assert {result.suite for result in results} == set(mart_names())


def test_points_of_an_appeal_are_in_the_sum() -> None:
    """U4 has 1.5 granted and its score is that much more: no fault. The score without it: one."""
    marts = _marts()
    granted = pl.when(pl.col("unit_code") == "U4").then(1.5).otherwise(0.0).alias("adjusted_points")
    more = pl.when(pl.col("unit_code") == "U4").then(pl.col("score").cast(pl.Float64) + 1.5).otherwise("score")
    ranks = marts["mart_ranks"].with_columns(granted)
    found = not_passed(check_marts(marts | {"mart_ranks": ranks}))
    assert "score_is_sum_of_items" in found
    found = not_passed(check_marts(marts | {"mart_ranks": ranks.with_columns(more.cast(SCORE).alias("score"))}))
    assert "score_is_sum_of_items" not in found


@pytest.mark.parametrize(
    ("mart", "change", "checks"),
    [
        ("mart_ranks", _where("U4", "rank", 3, pl.Int64()), {"rank_follows_score"}),
        ("mart_ranks", _where("U1", "score", "101", SCORE), {"score_within_full_marks", "score_is_sum_of_items"}),
        ("mart_ranks", _where("U4", "score", "69", SCORE), {"score_is_sum_of_items"}),
        (
            "mart_ranks",
            _where("U1", "rank", 0, pl.Int64()),
            {"rank_from_one", "rank_follows_score", "every_group_has_a_first"},
        ),
        ("mart_ranks", pl.lit(9, pl.Int64).alias("group_size"), {"group_size_is_counted"}),
        ("mart_ranks", pl.lit(None, pl.String).alias("reason_code"), {"not_ranked_has_a_reason"}),
        ("mart_score_items", _where("U1", "points_lost", "9", SCORE), {"points_and_loss_add_up"}),
        ("mart_score_items", _where("U1", "state", "guessed", pl.String()), {"state_known"}),
        ("mart_score_items", _where("U1", "denominator", 200, pl.Int64()), {"rate_is_numerator_by_denominator"}),
        ("mart_indicators", pl.lit(None, pl.String).alias("reason_code"), {"blank_has_a_reason"}),
        ("mart_indicators", pl.lit("phone").alias("channel"), {"channel_known"}),
        (
            "mart_indicators",
            (pl.col("rate") + pl.lit("0.01").cast(RATE)).cast(RATE).alias("rate"),
            {"rate_is_numerator_by_denominator"},
        ),
        ("mart_periods", pl.lit(None, pl.Datetime("us")).alias("as_of"), {"as_of_given"}),
    ],
)
def test_a_wrong_mart_is_stopped_by_the_rule_it_breaks(mart: str, change: pl.Expr, checks: set[str]) -> None:
    marts = _marts()
    looked_at = ["mart_ranks", "mart_score_items"] if mart == "mart_ranks" else [mart]
    marts[mart] = marts[mart].with_columns(change)
    failed = not_passed(check_marts({name: marts[name] for name in looked_at}))
    assert set(failed) == checks
    assert all(result.stops for result in failed.values())


def test_part_above_whole_stops_except_for_rework() -> None:
    marts = _marts()
    marts["mart_indicators"] = marts["mart_indicators"].with_columns(
        pl.when(pl.col("indicator") == "closure_rate")
        .then(4)
        .otherwise("numerator")
        .cast(pl.Decimal(18, 4))
        .alias("numerator"),
        pl.when(pl.col("indicator") == "closure_rate")
        .then(pl.lit("1.333333").cast(RATE))
        .otherwise("rate")
        .alias("rate"),
        pl.when(pl.col("indicator") == "closure_rate").then(pl.lit("1.4").cast(RATE)).alias("wilson_high"),
    )
    failed = not_passed(check_marts(marts))
    assert set(failed) == {"part_not_above_whole", "rate_is_a_share"}
    row = failed["part_not_above_whole"].failing_rows
    assert [(r["indicator"], r["numerator"], r["denominator"]) for r in row] == [("closure_rate", 4, 3)]


def test_a_missing_column_of_a_mart_is_an_error_that_stops() -> None:
    marts = _marts()
    marts["mart_ranks"] = marts["mart_ranks"].drop("score")
    marts["mart_periods"] = marts["mart_periods"].drop("as_of")
    failed = not_passed(check_marts(marts))
    assert {(r.suite, r.check_name) for r in failed.values()} == {
        ("mart_ranks", "columns_as_agreed"),
        ("mart_periods", "as_of_given"),
    }
    assert all(result.error and result.stops for result in failed.values())


def test_empty_marts_stop_only_where_something_must_be_there() -> None:
    failed = check_marts({name: frame.clear() for name, frame in _marts().items()})
    stopped = {(result.suite, result.check_name) for result in failed if result.stops}
    assert stopped == {("mart_indicators", "rows_present"), ("mart_periods", "rows_present")}


def test_every_check_has_a_title_in_both_languages() -> None:
    suites = [contract_suite(contract) for contract in DELIVERED.values()]
    suites += [suite for name in mart_names() if (suite := mart_suite(name))]
    words = titles()
    for suite in suites:
        for check in suite.checks:
            label = words[suite.suite, check.check]
            assert any("\u4e00" <= character <= "\u9fff" for character in label.zh)
            assert label.en.isascii()


def test_the_library_is_not_imported_before_something_is_checked() -> None:
    code = "import sys, expectations; print('great_expectations' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
