"""Suites: the YAML files beside this module, joined with the rules that follow from a contract.

A city adds rules of its own in ``cities/<city>/expectations/<contract>.yaml``, in the same form.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from expectations.result import Severity
from pipelines.city.hints import nearest
from pipelines.city.mistakes import Mistakes
from pipelines.city.models import Label
from pipelines.city.strict import Strict
from pipelines.city.yaml_file import Document, into_model, read_document, read_model
from pipelines.contracts import DELIVERED, Column, Contract
from pipelines.contracts.schemas import lake_schema
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


def batch_suite(contract: Contract, city: Path | None = None) -> Suite:
    """What a batch for the city of that folder must hold: the contract's suite and the city's own rules.

    Raises UsageError that names file, line, key and remedy where the city's file is wrong.
    """
    suite = contract_suite(contract)
    path = own_file(city, contract) if city else None
    if path is None or not path.is_file():
        return suite
    document, mistakes = read_document(path), Mistakes()
    own = into_model(document, Suite)
    mistakes.add(_problems(document, own, contract))
    mistakes.raise_any()
    return _distinct(suite.model_copy(update={"checks": (*suite.checks, *own.checks)}), path)


def own_file(city: Path, contract: Contract) -> Path:
    """Where the city of that folder has rules of its own for ``contract``; it need not be there."""
    return city / "expectations" / f"{contract.name}.yaml"


def check_city_suites(city: Path) -> int:
    """Read every suite of the city of that folder; returns how many rules of its own it has.

    Raises UsageError that names every mistake.
    """
    mistakes, count = Mistakes(), 0
    for path in sorted((city / "expectations").glob("*.yaml")):
        with mistakes.noted():
            contract = DELIVERED.get(path.stem)
            if contract is None:
                hint = nearest(path.stem, DELIVERED) or f"; use one of {', '.join(sorted(DELIVERED))}"
                raise UsageError(f"{path}: {path.stem!r} is not a contract{hint}", "give the file a contract's name")
            count += len(batch_suite(contract, city).checks) - len(contract_suite(contract).checks)
    mistakes.raise_any()
    return count


@cache
def known_expectations() -> frozenset[str]:
    """The names that ``expect`` may have, from the library's files: importing it takes seconds."""
    spec = find_spec("great_expectations")
    assert spec is not None and spec.origin is not None  # noqa: S101, PT018 it is among the requirements
    files = (Path(spec.origin).parent / "expectations" / "core").glob("expect_*.py")
    return frozenset(file.stem.removeprefix("expect_") for file in files)


def _problems(document: Document, suite: Suite, contract: Contract) -> list[str]:
    found, columns, known = [], lake_schema(contract), known_expectations()
    if suite.suite != contract.name:
        found.append(f"{document.place('suite')}: it is {suite.suite!r} but the file is {document.path.name}")
    for number, check in enumerate(suite.checks):
        if check.expect not in known:
            hint = nearest(check.expect, known) or ""
            found.append(f"{document.place('checks', number, 'expect')}: {check.expect!r} is not known{hint}")
        for column in (*check.columns, *check.where):
            if column not in columns:
                hint = nearest(column, columns) or f"; its columns are: {', '.join(columns)}"
                at = document.place("checks", number, "where" if column in check.where else "with")
                found.append(f"{at}: {column!r} is not a column of {contract.name}{hint}")
    return found


@cache
def mart_suite(mart: str) -> Suite | None:
    """The suite of ``mart``, or None where no file describes one."""
    path = FOLDER / "marts" / f"{mart}.yaml"
    return _distinct(_read(path), path) if path.is_file() else None


def mart_names() -> list[str]:
    """The marts that have a suite."""
    return sorted(path.stem for path in (FOLDER / "marts").glob("*.yaml"))


def titles(city: Path | None = None) -> dict[tuple[str, str], Label]:
    """Chinese and English title of every check, those of a city's folder among them, by suite and check name."""
    suites = [batch_suite(contract, city) for contract in DELIVERED.values()]
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
