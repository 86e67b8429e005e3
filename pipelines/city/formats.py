"""How the bytes of a delivered file are laid out: the ``csv``, ``xlsx``, ``json`` and ``archive`` keys of a source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictInt, model_validator

from pipelines.city.codecs import Encoding
from pipelines.city.strict import Strict, one_or_many

FileFormat = Literal["auto", "csv", "xlsx", "json", "jsonl", "parquet"]


class CsvFormat(Strict):
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)  # "" = the file knows no quoting; inside a cell it is doubled
    escape: str = Field(default="", max_length=1)  # stands before a quotation mark (or delimiter) inside a cell: \\
    # Several encodings: each record is read in the first one it is valid in; a record valid in none is rejected.
    encoding: Annotated[tuple[Encoding, ...], BeforeValidator(one_or_many)] = ("utf-8",)
    skip_lines: StrictInt = Field(default=0, ge=0)  # title lines above the header
    headers: tuple[str, ...] = ()  # for a file without a header line

    @model_validator(mode="after")
    def marks_differ(self) -> CsvFormat:
        marks = [mark for mark in (self.delimiter, self.quote, self.escape) if mark]
        if len(set(marks)) < len(marks) or set(marks) & set("\r\n"):
            raise ValueError("delimiter, quote and escape are three different characters, none of them a line end")
        if not self.encoding:
            raise ValueError("encoding names at least one encoding")
        return self


class XlsxFormat(Strict):
    sheet: str | StrictInt = 0  # name or position; not told: the first, if no other one has the same columns
    header_row: StrictInt = Field(default=1, ge=1)  # 1-based row that holds the headers; title rows stand above it
    fill_down: tuple[str, ...] = ()  # headers whose merged cells hold for every row that they span


class JsonFormat(Strict):
    """A record's fields are named by dotted path: ``extended_attributes.ward``."""

    records: str = ""  # dotted path to the list of records; "" = the document is the list, or one record
    each: str = ""  # dotted path to a list inside a record: one row per element, the record's own fields beside it


class ArchiveFormat(Strict):
    """A .zip, .tar, .tar.gz: each member is a delivery of its own, named ``archive.zip/member.csv``."""

    members: tuple[str, ...] = ("*",)  # globs of the members that belong to this source
    max_members: StrictInt = Field(default=10_000, ge=1)
    max_bytes: StrictInt = Field(default=20_000_000_000, ge=1)  # of all members, unpacked
