"""How the columns of a contract are filled from a file: the ``columns``, ``only_rows``, ``layouts`` and ``joins`` keys
of a source."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from pipelines.city.formats import CsvFormat
from pipelines.city.strict import Strict

Scalar = str | int | float | bool


def _is_pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from error
    return value


def _has_one_group(value: str) -> str:
    if re.compile(value).groups != 1:
        raise ValueError(f"{value!r} needs exactly one pair of brackets ( ) around what is to be taken out")
    return value


Pattern = Annotated[str, AfterValidator(_is_pattern)]
Extract = Annotated[Pattern, AfterValidator(_has_one_group)]


class RowFilter(Strict):
    """Rows that do not pass are out of scope: counted, not rejected. Exactly one test per filter."""

    column: str
    equals: str | None = None
    one_of: tuple[str, ...] | None = None
    contains: str | None = None
    not_contains: str | None = None
    matches: Pattern | None = None
    not_blank: Literal[True] | None = None

    @model_validator(mode="after")
    def exactly_one_test(self) -> RowFilter:
        tests = [self.equals, self.one_of, self.contains, self.not_contains, self.matches, self.not_blank]
        if sum(test is not None for test in tests) != 1:
            raise ValueError(
                "a row filter has exactly one of equals, one_of, contains, not_contains, matches, not_blank"
            )
        return self


def _yaml_scalars_as_text(value: Any) -> Any:
    """YAML reads 是: true and 1: yes as booleans and numbers; a delivery's cells are always text."""
    if isinstance(value, dict):
        return {str(key).lower() if isinstance(key, bool) else str(key): item for key, item in value.items()}
    return value


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]


class Reading(Strict):
    """Where a text is taken from and how it is read. Exactly one of ``column``, ``columns``, ``value``."""

    column: Names = ()  # a header of the file; several: the names it has had, exactly one of them is in a file
    columns: tuple[str, ...] = ()  # several headers, joined into one text, the first blank one makes it blank
    join: str = " "  # between ``columns``
    value: Scalar | None = None  # a constant
    extract: Extract | None = None  # only what stands in its brackets; a text it does not match cannot be read
    # strptime formats tried in order; also the words epoch_seconds, epoch_milliseconds, excel_serial, iso_8601
    formats: tuple[str, ...] = ()
    map: Annotated[dict[str, Scalar | None] | None, BeforeValidator(_yaml_scalars_as_text)] = None


class Repair(Reading):
    """Another way to fill a cell that cannot be read; the row is accepted and bears ``flag`` among its repairs."""

    flag: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    # None: whenever the cell is unreadable or blank. Else: only where the cell's raw text matches, readable or not.
    if_matches: Pattern | None = None

    @model_validator(mode="after")
    def exactly_one_origin(self) -> Repair:
        if sum((bool(self.column), bool(self.columns), self.value is not None)) != 1:
            raise ValueError("a repair takes its value from exactly one of column, columns, value")
        return self


class ColumnMap(Reading):
    """How one column of the contract is filled. Exactly one of ``column``, ``columns``, ``value``, ``key_of``."""

    # A key of our own where the source's is broken: a hash of these headers' texts. Rows that are equal in all of them
    # are numbered within the file (1, 2, …), so that the same rows in another file get the same keys.
    key_of: tuple[str, ...] = ()
    otherwise: Literal["reject", "keep", "blank"] = "reject"  # a value that ``map`` or ``extract`` does not name
    blank_if: tuple[str, ...] = ()  # values that mean "nothing"; turning one to blank is a repair, flagged
    optional: bool = False  # the file may lack this column
    repairs: tuple[Repair, ...] = ()  # tried in order

    @model_validator(mode="after")
    def exactly_one_origin(self) -> ColumnMap:
        if sum((bool(self.column), bool(self.columns), self.value is not None, bool(self.key_of))) != 1:
            raise ValueError(
                "give exactly one of column (a header of the file), columns (headers to be joined), value (a constant) "
                "and key_of (headers to make a key of)"
            )
        return self

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header this mapping may read."""
        own = (*self.column, *self.columns, *self.key_of)
        return tuple(dict.fromkeys((*own, *(name for r in self.repairs for name in (*r.column, *r.columns)))))


def _short_form(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Columns = dict[str, Annotated[ColumnMap, BeforeValidator(_short_form)]]


class ExtractedAt(Strict):
    """When the source took the extract: from a column, from the file name, or fixed. Naive local time."""

    column: str | None = None
    from_file_name: Extract | None = None
    value: datetime | None = None
    formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S",)

    @model_validator(mode="after")
    def exactly_one(self) -> ExtractedAt:
        if sum(x is not None for x in (self.column, self.from_file_name, self.value)) != 1:
            raise ValueError("extracted_at takes exactly one of column, from_file_name, value")
        return self


class DatedBy(Strict):
    """Which day a file belongs to, where its layout depends on it."""

    from_file_name: Extract
    formats: tuple[str, ...] = ("%Y-%m",)


class Layout(Strict):
    """What differs in files of certain days: both days included, either may be open."""

    valid_from: date | None = None
    valid_to: date | None = None
    columns: Columns = Field(default_factory=dict)  # these replace the source's entries of the same name
    ignore: tuple[str, ...] = ()  # beside the source's
    csv: CsvFormat | None = None

    @model_validator(mode="after")
    def in_order(self) -> Layout:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self


class Join(Strict):
    """A second file of the same delivery (of the same archive, else beside it) whose columns are put to each row."""

    file: str  # glob
    on: dict[str, str]  # header of the first file: header of the second
    columns: dict[str, str]  # header it is to have: header of the second file
    otherwise: Literal["reject", "blank"] = "reject"  # a row that finds no partner
