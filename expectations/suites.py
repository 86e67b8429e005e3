"""Suites: the YAML files beside this module, joined with the rules that follow from a contract."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from expectations.result import Severity
from pipelines.city.models import Label
from pipelines.city.strict import Strict
from pipelines.city.yaml_file import read_model
from pipelines.contracts import DELIVERED, Column, Contract
from pipelines.errors import UsageError

FOLDER = Path(__file__).resolve().parent
WHERE_THE_ROW_CAME_FROM = ("source_file", "source_row")
COLUMN_KEYS = ("column", "column_A", "column_B")


class Check(Strict):
    """One expectation. ``expect`` is the Great Expectations type without its leading ``expect_``."""

    check: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    severity: Severity
    expect: str
    given: dict[str, Any] = Field(default={}, alias="with")  # the expectation's own arguments
    where: dict[str, tuple[str, ...]] = Field(default={})  # only rows whose column holds one of these values

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at, in the order of its arguments."""
        named = [self.given[key] for key in COLUMN_KEYS if key in self.given]
        return (*named, *self.given.get("column_list", ()))


class Suite(Strict):
    """All checks of one frame. ``identify`` are the columns that tell a reader which row failed."""

    suite: str
    identify: tuple[str, ...] = ()
    checks: tuple[Check, ...]


@cache
def contract_suite(contract: Contract) -> Suite:
    """The suite of ``contract``: its derived rules, then those of its YAML file where there is one."""
    path = FOLDER / "contracts" / f"{contract.name}.yaml"
    written = _read(path).checks if path.is_file() else ()
    identify = tuple(dict.fromkeys((*contract.key, *WHERE_THE_ROW_CAME_FROM)))
    return _distinct(Suite(suite=contract.name, identify=identify, checks=(*_derived(contract), *written)), path)


@cache
def mart_suite(mart: str) -> Suite | None:
    """The suite of ``mart``, or None where no file describes one."""
    path = FOLDER / "marts" / f"{mart}.yaml"
    return _distinct(_read(path), path) if path.is_file() else None


def mart_names() -> list[str]:
    """The marts that have a suite."""
    return sorted(path.stem for path in (FOLDER / "marts").glob("*.yaml"))


@cache
def titles() -> dict[tuple[str, str], Label]:
    """Chinese and English title of every check, by suite and check name."""
    suites = [contract_suite(contract) for contract in DELIVERED.values()]
    suites += [suite for name in mart_names() if (suite := mart_suite(name))]
    found = {(suite.suite, check.check): check.title for suite in suites for check in suite.checks}
    for suite in suites:
        found[suite.suite, COLUMNS_CHECK] = COLUMNS_TITLE
    return found


COLUMNS_CHECK = "columns_as_agreed"
COLUMNS_TITLE = Label(zh="列名与类型符合约定", en="The columns and their types are as agreed")


def _read(path: Path) -> Suite:
    suite = read_model(path, Suite)
    if suite.suite != path.stem:
        raise UsageError(f"{path}: suite is {suite.suite!r} but the file is {path.name}", "make them equal")
    return suite


def _distinct(suite: Suite, path: Path) -> Suite:
    names = [check.check for check in suite.checks]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise UsageError(f"{path}: the check {doubled[0]!r} is there twice", "give one of them another name")
    return suite


def _derived(contract: Contract) -> list[Check]:
    """The rules a contract states: given, allowed, in range. They are the door's promises, so they fail."""
    checks = []
    for column in contract.columns:
        if column.required:
            checks.append(_check(column, "given", "不得为空", "is given", "column_values_to_not_be_null"))
        if column.allowed:
            words = "、".join(column.allowed), ", ".join(column.allowed)
            checks.append(
                _check(
                    column,
                    "allowed",
                    f"只能是 {words[0]}",
                    f"is one of {words[1]}",
                    "column_values_to_be_in_set",
                    value_set=list(column.allowed),
                )
            )
        if column.minimum is not None or column.maximum is not None:
            low, high = column.minimum, column.maximum
            zh, en = _range_words(low, high)
            checks.append(
                _check(column, "in_range", zh, en, "column_values_to_be_between", min_value=low, max_value=high)
            )
    return checks


def _range_words(low: float | None, high: float | None) -> tuple[str, str]:
    if low is not None and high is not None:
        return f"在 {low:g} 与 {high:g} 之间", f"lies between {low:g} and {high:g}"
    if low is not None:
        return f"不小于 {low:g}", f"is not below {low:g}"
    return f"不大于 {high:g}", f"is not above {high:g}"


def _check(
    column: Column,
    suffix: Literal["given", "allowed", "in_range"],
    zh: str,
    en: str,
    expect: str,
    **given: Any,
) -> Check:
    return Check.model_validate(
        {
            "check": f"{column.name}_{suffix}",
            "title": {"zh": f"{column.zh}{zh}", "en": f"{column.en} {en}"},
            "severity": "fail",
            "expect": expect,
            "with": {"column": column.name, **given},
        }
    )
