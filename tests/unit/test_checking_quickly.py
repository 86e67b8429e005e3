"""What makes the checks quick changes nothing: names of metrics, configurations, moments; and no frame stays behind."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import datetime
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from expectations import check_batch
from expectations.library import expectation, library
from expectations.suites import contract_suite, known_expectations, mart_names, mart_suite
from pipelines.contracts import DELIVERED
from tests.unit.test_expectations import CASES, cases, not_passed


@pytest.fixture(scope="module")
def untouched() -> ModuleType:
    """The library's own module, loaded anew: nothing in it is replaced."""
    library()
    spec = importlib.util.find_spec("great_expectations.core.id_dict")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"column": "case_id"},
        {"column": "case_id", "table": None, "row_condition": None, "batch_id": "frames-frame"},
        {"column_A": "closed_at", "column_B": "结案", "or_equal": True, "mostly": 0.99, "n": 3},
        {"min_value": datetime(1990, 1, 1), "max_value": None, "strict_min": False},
        {"value_set": ["hotline", "grid"], "column": "channel"},
        {"low": float("nan"), "high": 1},
        {"one": {"two": None, "three": (1, 2)}, "four": None},
    ],
)
def test_a_metric_has_the_librarys_own_name(untouched: ModuleType, arguments: dict[str, Any]) -> None:
    from great_expectations.core import id_dict  # noqa: PLC0415 costs seconds

    assert id_dict.convert_to_json_serializable is not untouched.convert_to_json_serializable
    assert id_dict.IDDict(arguments).to_id() == untouched.IDDict(arguments).to_id()


def test_the_library_still_asks_for_what_is_replaced(untouched: ModuleType) -> None:
    """Else it is dead, and to be taken out."""
    asked: list[Any] = []
    convert = untouched.convert_to_json_serializable
    untouched.convert_to_json_serializable = lambda data: asked.append(data) or convert(data=data)  # type: ignore[attr-defined]
    assert untouched.IDDict(column="case_id", table=None).to_id()
    assert asked == [{"column": "case_id", "table": None}]


def _used() -> list[str]:
    suites = [contract_suite(contract) for contract in DELIVERED.values()]
    suites += [suite for name in mart_names() if (suite := mart_suite(name))]
    return sorted({check.expect for suite in suites for check in suite.checks})


def test_a_remembered_configuration_is_the_librarys_but_for_its_type() -> None:
    names = {"column_values_to_be_in_set", "column_values_to_not_be_null"} | set(_used())
    assert names <= known_expectations()
    given: dict[str, Any] = {"column": "a", "column_A": "a", "column_B": "b", "min_value": 1, "value_set": ["x"]}
    given |= {"column_list": ["a", "b"], "value": 3, "column_set": ["a"], "regex": "x"}
    compared = set()
    for name in names:
        title = "Expect" + "".join(part.title() for part in name.split("_"))
        own = getattr(library().expectations, title)
        arguments = {key: value for key, value in given.items() if key in own.__fields__}
        plain, remembered = own(**arguments), expectation(title)(**arguments)
        for one in (plain, remembered):
            one.id = "1"
        first = remembered.configuration
        assert remembered.configuration is first, name
        remembered.id = plain.id = "2"
        told = remembered.configuration.to_json_dict()
        assert told | {"type": plain.configuration.type} == plain.configuration.to_json_dict(), name
        assert told["id"] == "2"
        assert type(remembered.configuration.to_domain_obj()) is expectation(title)
        compared.add(name)
    assert compared == names


@pytest.mark.parametrize("year", [1, 1677, 2263, 9999])
def test_a_moment_out_of_all_time_is_found_and_told_as_it_is(year: int) -> None:
    """Nanoseconds in 64 bits reach from 1677 to 2262; what lies outside must not become another moment."""
    wrong = datetime(year, 12, 31, 23, 59, 59)
    frame = cases().with_columns(
        pl.when(pl.col("source_row") == 7).then(wrong).otherwise("closed_at").alias("closed_at").cast(pl.Datetime("us"))
    )
    found = not_passed(check_batch(CASES, frame))
    result = found["closed_in_our_time"]
    assert (result.unexpected_count, result.error) == (1, "")
    assert [row["closed_at"] for row in result.failing_rows] == [f"{year:04}-12-31 23:59:59"]


CHECKED_LARGE = """
import gc
import pandas
import polars as pl
from expectations import check_batch
from tests.unit.test_expectations import CASES, cases
frame = pl.concat([cases()] * 40).with_columns(pl.int_range(pl.len()).cast(pl.String).alias("case_id"))
assert all(result.success for result in check_batch(CASES, frame))
gc.collect()
print(frame.height, max((len(one) for one in gc.get_objects() if isinstance(one, pandas.DataFrame)), default=0))
"""


def test_no_large_frame_stays_in_memory() -> None:
    done = subprocess.run([sys.executable, "-c", CHECKED_LARGE], capture_output=True, text=True, check=True)
    rows, left = done.stdout.split()[-2:]
    assert int(rows) > 10_000
    assert int(left) == 0
