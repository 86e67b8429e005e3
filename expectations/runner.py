"""Running suites on pandas copies of Polars frames: one validation a frame, and a second one for the rows of those
checks that found some."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl

from expectations.helpers import HELPERS
from expectations.library import as_batch, expectation, let_go, library
from expectations.result import MOST_ROWS, CheckResult, plain
from expectations.suites import COLUMNS_CHECK, Check, Suite, batch_suite, mart_suite
from pipelines.contracts import Contract
from pipelines.contracts.schemas import lake_schema
from pipelines.errors import UsageError

# These pass over blank cells, so a column without any value has nothing for them; not running them halves the time.
PASS_OVER_BLANKS = frozenset(
    {
        "column_values_to_be_in_set",
        "column_values_to_be_between",
        "column_pair_values_a_to_be_greater_than_b",
    }
)
FEW_ROWS = 10_000  # may stay in memory when they are checked
NANOSECONDS = datetime(1678, 1, 1), datetime(2262, 1, 1)


def check_batch(contract: Contract, sample: pl.DataFrame, city: Path | None = None) -> list[CheckResult]:
    """Check accepted rows of one delivery (at most 100,000, columns as ``lake_schema(contract)``).

    ``city`` is the folder of a city that may have rules of its own. Returns one result per check in the order of
    the suite, the columns' names and types first. Never raises for what the data hold: a check that cannot run says
    so in ``error``. Raises UsageError for a rule that the library does not take.
    """
    expected = lake_schema(contract)
    wrong = [
        f"{name}: {sample.schema.get(name, 'missing')}, not {kind}"
        for name, kind in expected.items()
        if sample.schema.get(name) != kind
    ]
    wrong += [f"{name}: not agreed" for name in sample.columns if name not in expected]
    columns = CheckResult(
        suite=contract.name,
        check_name=COLUMNS_CHECK,
        column_name="",
        severity="fail",
        success=not wrong,
        observed="; ".join(wrong) or f"{len(expected)} columns",
        unexpected_count=len(wrong),
    )
    return [columns, *_validate([(batch_suite(contract, city), sample)])]


def check_marts(frames: dict[str, pl.DataFrame]) -> list[CheckResult]:
    """Check the small marts of a publication, by name (``mart_ranks`` …); a frame without a suite is skipped.

    Returns one result per check, frames in the order given. A frame that lacks a column that its suite names
    gives results with ``error`` set and severity fail.
    """
    work: list[tuple[Suite, pl.DataFrame]] = []
    broken: list[CheckResult] = []
    for name, frame in frames.items():
        suite = mart_suite(name)
        if suite is None:
            continue
        try:
            work.append((suite, HELPERS[name](frames) if name in HELPERS else frame))
        except pl.exceptions.PolarsError as error:
            broken.append(
                CheckResult(
                    suite=name,
                    check_name=COLUMNS_CHECK,
                    column_name="",
                    severity="fail",
                    success=False,
                    observed="",
                    unexpected_count=0,
                    error=str(error).splitlines()[0],
                )
            )
    return [*broken, *_validate(work)]


def _validate(work: list[tuple[Suite, pl.DataFrame]]) -> list[CheckResult]:
    if not work:
        return []
    if all(frame.is_empty() for _, frame in work):
        return [result for suite, _ in work for result in _nothing_to_check(suite)]
    results: list[CheckResult] = []
    for suite, frame in work:
        if frame.is_empty():
            results += _nothing_to_check(suite)
            continue
        results += _run(suite, frame, as_batch(_for_checking(suite, frame)))
    if max(frame.height for _, frame in work) > FEW_ROWS:
        let_go()
    return results


def _nothing_to_check(suite: Suite) -> list[CheckResult]:
    """An empty frame breaks only the rule that there be rows; shares and orders of nothing are not judged."""
    return [
        _untested(suite, check, success=bool(check.columns) or not check.given.get("min_value"), observed="0 rows")
        for check in suite.checks
    ]


def _untested(suite: Suite, check: Check, *, success: bool, observed: str) -> CheckResult:
    return CheckResult(
        suite=suite.suite,
        check_name=check.check,
        column_name=", ".join(check.columns),
        severity=check.severity,
        success=success,
        observed=observed,
        unexpected_count=0,
    )


def _run(suite: Suite, frame: pl.DataFrame, batch: Any) -> list[CheckResult]:
    blank = {name for name in frame.columns if frame[name].null_count() == frame.height}
    numbers = [
        number
        for number, check in enumerate(suite.checks)
        if check.expect not in PASS_OVER_BLANKS or blank.isdisjoint(check.columns)
    ]
    found = _results(suite, numbers, batch, {"result_format": "BASIC"})
    # Rows are looked up only for checks that met some: the lookup costs more than the check.
    unexpected = [n for n, result in found.items() if dict(result.result).get("unexpected_count")]
    if unexpected:
        known = [name for name in suite.identify if name in frame.columns]
        detailed = {"result_format": "SUMMARY", "unexpected_index_column_names": known}
        found |= _results(suite, unexpected, batch, detailed)
    run = frozenset(numbers)
    return [
        _result(suite, check, found.get(number))
        if number in run
        else _untested(suite, check, success=True, observed="0 / 0")
        for number, check in enumerate(suite.checks)
    ]


def _results(suite: Suite, numbers: list[int], batch: Any, result_format: dict[str, Any]) -> dict[int, Any]:
    """The results of the checks with these numbers; they come in another order than asked, so by their id."""
    made = library().ExpectationSuite(suite.suite, expectations=[_expectation(suite, suite.checks[n]) for n in numbers])
    for number, one in zip(numbers, made.expectations, strict=True):
        one.id = str(UUID(int=number))
    validated = batch.validate(made, result_format=result_format)
    return {UUID(result.expectation_config.id).int: result for result in validated.results}


def _expectation(suite: Suite, check: Check) -> Any:
    name = "Expect" + "".join(part.title() for part in check.expect.split("_"))
    given = dict(check.given)
    if check.where:
        from great_expectations.expectations.row_conditions import Column  # noqa: PLC0415 as above

        condition: Any = None
        for column, values in check.where.items():
            one = Column(column).is_in(list(values))
            condition = one if condition is None else condition & one
        given["row_condition"] = condition
    severity = "critical" if check.severity == "fail" else "warning"
    try:
        return expectation(name)(**given, severity=severity)
    except (AttributeError, TypeError, ValueError) as error:
        told = " ".join(str(error).split())
        raise UsageError(
            f"the check {check.check!r} of {suite.suite} is not one that can be run: {told}",
            f"mend its entry under `with:` in expectations/{suite.suite}.yaml of the city's folder",
        ) from error


def _for_checking(suite: Suite, frame: pl.DataFrame) -> Any:
    """A pandas copy of the columns the suite looks at; decimals as floats, as sums over them misbehave.

    Moments are in nanoseconds where they can be: the library compares those as a column, and others row by row.
    """
    wanted = {name for check in suite.checks for name in (*check.columns, *check.where)} | set(suite.identify)
    kept = frame.select(name for name in frame.columns if name in wanted)
    decimals = [name for name, kind in kept.schema.items() if isinstance(kind, pl.Decimal)]
    moments = [
        name for name in kept.columns if kept.schema[name] == pl.Datetime("us") and _fits_nanoseconds(kept[name])
    ]
    return kept.with_columns(pl.col(decimals).cast(pl.Float64), pl.col(moments).cast(pl.Datetime("ns"))).to_pandas()


def _fits_nanoseconds(moments: pl.Series) -> bool:
    return bool(moments.is_between(*NANOSECONDS).all())


def _result(suite: Suite, check: Check, result: Any) -> CheckResult:
    error = "the check gave no result" if result is None else _error(result.exception_info)
    found: dict[str, Any] = {} if result is None or error else dict(result.result)
    count = int(found.get("unexpected_count") or 0)
    success = result is not None and not error and bool(result.success)
    # A share of failing rows below the tolerated one is a success, and its rows are shown all the same.
    rows = found.get("partial_unexpected_index_list") or []
    return CheckResult(
        suite=suite.suite,
        check_name=check.check,
        column_name=", ".join(check.columns),
        severity="fail" if error else check.severity,
        success=success,
        observed=_observed(found),
        unexpected_count=count,
        failing_rows=[{str(key): plain(value) for key, value in row.items()} for row in rows[:MOST_ROWS]],
        error=error,
    )


def _observed(found: dict[str, Any]) -> str:
    if "observed_value" in found:
        value = plain(found["observed_value"])
        return f"{value:.4f}" if isinstance(value, float) else str(value)
    if "element_count" in found:
        total = found["element_count"] - (found.get("missing_count") or 0)
        count = found.get("unexpected_count") or 0
        return f"{count} / {total}" + (f" ({100 * count / total:.2f} %)" if total else "")
    return ""


def _error(info: Any) -> str:
    """The message of what was raised inside a check; one flat entry, or one per metric."""
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry.get("raised_exception"):
            return str(entry.get("exception_message") or "the check could not run").strip()
    return ""
