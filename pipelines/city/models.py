"""The shape of city.yaml and sources/*.yaml."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

PeriodType = Literal["day", "week", "month", "quarter", "half_year", "year"]
ClockStart = Literal["reported_at", "accepted_at", "registered_at", "dispatched_at"]
Scalar = str | int | float | bool


class Strict(BaseModel):
    """A key that is not known is an error: a typing mistake must not pass as a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(Strict):
    zh: str
    en: str


class CitySettings(Strict):
    """city.yaml."""

    city: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    time_zone: str
    evaluates_from: date  # first day that belongs to a period; older records stay in the lake uncounted
    as_of: datetime | None = None  # fixed for historical data: local time of the city
    synthetic: bool = False
    language: Literal["zh", "en"] = "zh"
    periods: tuple[PeriodType, ...] = ("week", "month", "quarter", "half_year", "year")
    calendar: str = "default"  # calendar_code of work_intervals.csv
    source: str = ""  # where real data comes from and under which licence
    licence: str = ""


class RowFilter(Strict):
    """Rows that do not pass are out of scope: counted, not rejected. Exactly one test per filter."""

    column: str
    equals: str | None = None
    one_of: tuple[str, ...] | None = None
    contains: str | None = None
    not_contains: str | None = None

    @model_validator(mode="after")
    def exactly_one_test(self) -> RowFilter:
        tests = [self.equals, self.one_of, self.contains, self.not_contains]
        if sum(test is not None for test in tests) != 1:
            raise ValueError("a row filter has exactly one of equals, one_of, contains, not_contains")
        return self


def _yaml_scalars_as_text(value: Any) -> Any:
    """YAML reads 是: true and 1: yes as booleans and numbers; a delivery's cells are always text."""
    if isinstance(value, dict):
        return {str(key).lower() if isinstance(key, bool) else str(key): item for key, item in value.items()}
    return value


class ColumnMap(Strict):
    """How one column of the contract is filled. Either ``column`` (from the file) or ``value`` (a constant)."""

    column: str | None = None
    value: Scalar | None = None
    formats: tuple[str, ...] = ()  # strptime formats, tried in order
    map: Annotated[dict[str, Scalar | None] | None, BeforeValidator(_yaml_scalars_as_text)] = None
    otherwise: Literal["reject", "keep", "blank"] = "reject"  # a value that ``map`` does not name
    blank_if: tuple[str, ...] = ()  # values that mean "nothing"; turning one to blank is a repair, flagged
    optional: bool = False  # the file may lack this column

    @model_validator(mode="after")
    def column_or_value(self) -> ColumnMap:
        if (self.column is None) == (self.value is None):
            raise ValueError("give either column (a header of the file) or value (a constant)")
        return self


def _short_form(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class CsvFormat(Strict):
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"


class XlsxFormat(Strict):
    sheet: str | int = 0  # name or position
    header_row: int = 1  # 1-based row that holds the headers


class ExtractedAt(Strict):
    """When the source took the extract: from a column, from the file name, or fixed. Naive local time."""

    column: str | None = None
    from_file_name: str | None = None  # regular expression with one group
    value: datetime | None = None
    formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S",)

    @model_validator(mode="after")
    def exactly_one(self) -> ExtractedAt:
        if sum(x is not None for x in (self.column, self.from_file_name, self.value)) != 1:
            raise ValueError("extracted_at takes exactly one of column, from_file_name, value")
        return self


class Declares(Strict):
    """What a feed declares about its own meaning."""

    handled_at: Literal["closed_at"] | None = None  # a blank handling time equals the closing time
    clock_starts_at: ClockStart = "reported_at"  # where the clock starts if a limit names no stage


class Source(Strict):
    """sources/<source>.yaml: one feed and how its files become records of one contract."""

    source: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    contract: str
    source_system: str = ""  # default: the source's name; feeds of one system share case numbers
    files: tuple[str, ...] = Field(min_length=1)  # globs looked for at any depth of the input folder
    csv: CsvFormat = CsvFormat()
    xlsx: XlsxFormat = XlsxFormat()
    time_zone: str = ""  # default: the city's
    extracted_at: ExtractedAt | None = None
    only_rows: tuple[RowFilter, ...] = ()  # all must hold
    columns: dict[str, Annotated[ColumnMap, BeforeValidator(_short_form)]]
    ignore: tuple[str, ...] = ()  # headers known and not used; any other header stops the delivery
    declares: Declares = Declares()

    @model_validator(mode="before")
    @classmethod
    def system_defaults_to_source(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("source_system"):
            data = {**data, "source_system": data.get("source", "")}
        return data
