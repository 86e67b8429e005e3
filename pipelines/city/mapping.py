"""How the columns of a contract are filled from a file: the ``columns``, ``only_rows``, ``layouts`` and ``joins`` keys
of a source. docs/guide/mapping.md shows each of them with an example.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from pipelines.city.formats import CsvFormat
from pipelines.city.patterns import Extract, Extracts, Glob, Pattern
from pipelines.city.strict import Strict, one_or_many
from pipelines.city.times import Day, Formats, Moment, tells_day


def _day_as_text(value: Any) -> Any:
    """YAML reads 2016-01-01 as a date; a constant of that kind is read like a cell."""
    return str(value) if isinstance(value, (date, datetime)) else value


def _keys_as_text(value: Any) -> Any:
    """A delivery's cells are always text, and so are the keys of a map."""
    if isinstance(value, dict):
        return {str(key).lower() if isinstance(key, bool) else str(key): item for key, item in value.items()}
    return value


def _texts(value: Any) -> Any:
    """``['0', 0, 39.0]``: a number in a list of cells is meant as its text."""
    if isinstance(value, (list, tuple)):
        return [str(item) if type(item) in (int, float) else item for item in value]
    return value


Scalar = Annotated[str | int | float | bool, BeforeValidator(_day_as_text)]
Names = Annotated[tuple[str, ...], BeforeValidator(one_or_many)]
Globs = Annotated[tuple[Glob, ...], BeforeValidator(one_or_many)]
Cells = Annotated[tuple[str, ...], BeforeValidator(_texts), BeforeValidator(one_or_many)]
Groups = tuple[tuple[str, ...], ...]  # of headers; exactly one header of each group is in a file


class RowFilter(Strict):
    """Rows that do not pass are out of scope: counted, not rejected. Exactly one test per filter; a cell is compared
    without the white space at its ends, a blank cell as ''.
    """

    column: Names = Field(min_length=1)  # several: the names it has had
    equals: str | None = None
    one_of: Cells | None = None
    contains: str | None = None
    not_contains: str | None = None
    matches: Pattern | None = None  # somewhere in the cell; ^ and $ stand for its ends
    not_blank: Literal[True] | None = None

    @model_validator(mode="after")
    def exactly_one_test(self) -> RowFilter:
        tests = [self.equals, self.one_of, self.contains, self.not_contains, self.matches, self.not_blank]
        if sum(test is not None for test in tests) != 1:
            raise ValueError(
                "a row filter has exactly one of equals, one_of, contains, not_contains, matches, not_blank"
            )
        return self


class Reading(Strict):
    """Where a text is taken from and how it is read. Exactly one of ``column``, ``columns``, ``value``.

    In this order: the cell without white space at its ends; ``columns`` joined; ``extract``; ``map``; what is left is
    read as the type of the contract's column, times by ``formats``. Typed columns are read in full width too.
    """

    column: Names = ()  # a header of the file; several: the names it has had, exactly one of them is in a file
    columns: tuple[str, ...] = ()  # several headers, joined into one text; blank where one of them is
    join: str = " "  # between ``columns``, and between the brackets of ``extract``
    value: Scalar | None = None  # a constant
    # Only what stands in its brackets, found anywhere in the text, several pairs joined by ``join``; a text that it
    # does not match cannot be read.
    extract: Extracts | None = None
    # strptime formats, tried in order; or epoch_seconds, epoch_milliseconds, excel_serial, iso_8601. A text that tells
    # its offset from UTC becomes local time of the city, any other is local time of the source.
    formats: Formats = ()
    map: Annotated[dict[str, Scalar | None] | None, BeforeValidator(_keys_as_text)] = None
    end_of_day: StrictBool = False  # a moment at 00:00:00 stands for its whole day: it becomes that day's last second

    @model_validator(mode="after")
    def nothing_is_idle(self) -> Reading:
        several = self.extract is not None and re.compile(self.extract).groups > 1
        if "join" in self.model_fields_set and not self.columns and not several:
            raise ValueError("join stands between the headers of columns: write columns: [..., ...] too")
        idle = [name for name in ("extract", "formats", "map", "end_of_day") if getattr(self, name)]
        if self.value is not None and idle:
            raise ValueError(f"value is a constant, it is not read: remove {', '.join(idle)}")
        return self

    @property
    def groups(self) -> Groups:
        """Groups of headers: exactly one of each is in a file."""
        return (*((self.column,) if self.column else ()), *((name,) for name in self.columns))


class Repair(Reading):
    """Another way to fill a cell that cannot be read; the row is accepted and bears ``flag`` among its repairs."""

    flag: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    # None: whenever the cell is unreadable or blank. Else: only where the cell's raw text matches (somewhere); such a
    # text counts as unreadable even where it could be read.
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
    blank_if: Cells = ()  # cells that mean "nothing"; turning one to blank is a repair, flagged blank_if:<column>
    optional: StrictBool = False  # the file may lack this column
    repairs: tuple[Repair, ...] = ()  # tried in order, the first that gives a value counts

    @model_validator(mode="after")
    def exactly_one_origin(self) -> ColumnMap:
        if sum((bool(self.column), bool(self.columns), self.value is not None, bool(self.key_of))) != 1:
            raise ValueError(
                "give exactly one of column (a header of the file), columns (headers to be joined), value (a constant) "
                "and key_of (headers to make a key of)"
            )
        return self

    @model_validator(mode="after")
    def nothing_of_a_column_is_idle(self) -> ColumnMap:
        if self.otherwise != "reject" and self.map is None and self.extract is None:
            raise ValueError(f"otherwise: {self.otherwise} says what map or extract does not name: there is neither")
        read = ("extract", "formats", "map", "end_of_day", "blank_if", "repairs", "optional")
        names = read if self.key_of else ("blank_if", "repairs")
        idle = [name for name in names if getattr(self, name)]
        if (self.value is not None or self.key_of) and idle:
            what = "value is a constant" if self.value is not None else "key_of makes a key"
            raise ValueError(f"{what}, no cell is read: remove {', '.join(idle)}")
        return self

    @property
    def groups(self) -> Groups:
        """Every group of headers that this mapping reads, those of its repairs among them."""
        own = (*super().groups, *((name,) for name in self.key_of))
        return tuple(dict.fromkeys((*own, *(group for repair in self.repairs for group in repair.groups))))

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that this mapping may read."""
        return tuple(dict.fromkeys(name for group in self.groups for name in group))


def _short_form(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Columns = dict[str, Annotated[ColumnMap, BeforeValidator(_short_form)]]
LayoutColumns = dict[str, Annotated[ColumnMap | None, BeforeValidator(_short_form)]]


def _need_a_day(formats: tuple[str, ...]) -> None:
    for form in formats:
        if not tells_day(form):
            raise ValueError(f"{form!r} tells no year")


class ExtractedAt(Strict):
    """When the source took the extract: from a column, from the file name, or fixed. Local time of the source
    where it does not tell its offset from UTC.
    """

    column: str | None = None
    from_file_name: Extract | None = None
    value: Moment | None = None
    formats: Formats = ("%Y-%m-%d %H:%M:%S",)

    @model_validator(mode="after")
    def exactly_one(self) -> ExtractedAt:
        if sum(x is not None for x in (self.column, self.from_file_name, self.value)) != 1:
            raise ValueError("extracted_at takes exactly one of column, from_file_name, value")
        _need_a_day(self.formats)
        return self


class DatedBy(Strict):
    """Which day a file belongs to, where its layout depends on it. A month stands for its first day."""

    from_file_name: Extract
    formats: Formats = ("%Y-%m",)

    @model_validator(mode="after")
    def tells_a_day(self) -> DatedBy:
        _need_a_day(self.formats)
        return self


class Layout(Strict):
    """What differs in files of certain days: both days included, either may be open."""

    valid_from: Day | None = None
    valid_to: Day | None = None
    # These replace the source's entries of the same name as a whole; null takes the entry away.
    columns: LayoutColumns = Field(default_factory=dict)
    ignore: Names = ()  # beside the source's
    csv: CsvFormat | None = None  # instead of the source's

    @model_validator(mode="after")
    def in_order(self) -> Layout:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to lies before valid_from")
        return self


class Join(Strict):
    """A second file of the same delivery (of the same archive, else beside it) whose columns are put to each row.

    ``only_rows`` and ``columns`` of the source name them like headers of the first file. A row of the first file finds
    at most one partner; a second file in which a key stands twice with different values refuses the delivery.
    """

    file: str = Field(min_length=1)  # glob of the second file's name
    on: dict[str, str] = Field(min_length=1)  # header of the first file: header of the second
    columns: dict[str, str] = Field(min_length=1)  # header it is to have: header of the second file
    otherwise: Literal["reject", "blank"] = "reject"  # a row that finds no partner
