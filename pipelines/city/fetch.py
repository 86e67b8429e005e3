"""Where a source's files are fetched from: the ``fetch`` key of a source."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StrictInt, field_validator, model_validator

from pipelines.city.patterns import UNFINISHED
from pipelines.city.strict import Strict
from pipelines.city.times import Moment


class Limits(Strict):
    """Where a fetch stops: an interface that misbehaves must not fill the disk or hang a run."""

    seconds: StrictInt = Field(default=1800, gt=0)  # the whole fetch
    answer_seconds: StrictInt = Field(default=60, gt=0)  # one answer, and each pause within it
    tries: StrictInt = Field(default=5, ge=1)  # of one page
    pages: StrictInt = Field(default=10_000, ge=1)
    max_bytes: StrictInt = Field(default=2_000_000_000, gt=0)


class Pages(Strict):
    """How the interface hands out its rows: by ``offset``, or by ``number`` of the page."""

    offset: str = ""  # the parameter that skips rows, such as $offset
    number: str = ""  # the parameter that numbers pages, such as page
    first: StrictInt = Field(default=1, ge=0)  # the number of the first page
    limit: str  # the parameter for rows a page, such as $limit or page_size
    size: StrictInt = Field(default=1000, ge=1)

    @model_validator(mode="after")
    def one_way(self) -> Pages:
        if bool(self.offset) == bool(self.number):
            raise ValueError("give exactly one of offset (skips rows) and number (numbers pages)")
        return self


class Since(Strict):
    """Only what is newer than what came before: the highest value seen in ``column`` goes into ``parameter``."""

    column: str  # dotted in nested JSON
    parameter: str
    text: str = "{since}"  # {since} stands for that value: "updated_at >= '{since}'"
    first: str  # from where the first fetch begins, written as the interface writes it

    @model_validator(mode="after")
    def names_since(self) -> Since:
        if "{since}" not in self.text:
            raise ValueError("text does not say {since}")
        return self


class Base(Strict):
    url: str
    headers: dict[str, str] = Field(default_factory=dict)
    secret_headers: dict[str, str] = Field(
        default_factory=dict
    )  # header: name of the environment variable that holds its value
    file: str  # name under which it comes into the inbox; {at} is the moment, UTC
    limits: Limits = Limits()

    @field_validator("url")
    @classmethod
    def is_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:  # brackets or a port that are none
            is_whole = False
        if not is_whole:
            raise ValueError(f"{value!r} is no address; write http:// or https://, a host and a path")
        return value

    @field_validator("file")
    @classmethod
    def is_name_in_inbox(cls, value: str) -> str:
        if "{at}" not in value:
            raise ValueError(f"{value!r} does not say {{at}}, the moment that tells one fetch from another")
        if "/" in value or "\\" in value:
            raise ValueError(f"{value!r} is a path; write the name of a file, which comes into the source's inbox")
        if value.startswith((".", "~$")) or value.lower().endswith(UNFINISHED):
            raise ValueError(
                f"{value!r} is a name of hidden or unfinished files, which are left alone; name it otherwise"
            )
        return value


class FetchFile(Base):
    """One file at one address, fetched when it has changed; a broken download goes on where it broke off."""

    kind: Literal["file"]


class FetchPages(Base):
    """Rows handed out page by page (Socrata, CKAN, Open311 GeoReport v2), put together into one file."""

    kind: Literal["pages"]
    format: Literal["json", "csv"] = "json"
    rows: str = ""  # where the rows stand in the JSON, dotted; default: the answer is the list
    query: dict[str, str] = Field(
        default_factory=dict
    )  # parameters of every page; an order that does not change belongs here
    pages: Pages
    since: Since | None = None


class FetchWindows(Base):
    """Open311 GeoReport v2: requests of a span of time, asked for window by window up to now."""

    kind: Literal["open311"]
    query: dict[str, str] = Field(default_factory=dict)  # such as jurisdiction_id, status
    begins: Moment  # UTC, unless it tells its offset
    window_days: StrictInt = Field(default=7, ge=1, le=90)  # GeoReport allows 90
    overlap_days: StrictInt = Field(default=30, ge=0)  # requests change after they were made: asked for again
    pages: Pages = Pages(number="page", limit="page_size", size=100)


Fetch = Annotated[FetchFile | FetchPages | FetchWindows, Field(discriminator="kind")]
