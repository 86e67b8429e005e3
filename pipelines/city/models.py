"""The shape of city.yaml and sources/*.yaml."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, model_validator

from pipelines.city.fetch import Fetch
from pipelines.city.formats import ArchiveFormat, CsvFormat, FileFormat, JsonFormat, XlsxFormat
from pipelines.city.mapping import Columns, DatedBy, ExtractedAt, Globs, Join, Layout, Names, RowFilter
from pipelines.city.strict import Strict
from pipelines.city.times import Day, LocalMoment
from pipelines.city.watch import Watch

PeriodType = Literal["day", "week", "month", "quarter", "half_year", "year"]
ClockStart = Literal["reported_at", "accepted_at", "registered_at", "dispatched_at"]


class Label(Strict):
    zh: str
    en: str


CoordinateSystem = Literal["wgs_84", "gcj_02", "bd_09", "cgcs_2000"]


class Bounds(Strict):
    """Where the city lies, generously: a coordinate outside of it is a mistake."""

    west: StrictFloat = Field(ge=-180, le=180)
    south: StrictFloat = Field(ge=-90, le=90)
    east: StrictFloat = Field(ge=-180, le=180)
    north: StrictFloat = Field(ge=-90, le=90)

    @model_validator(mode="after")
    def in_order(self) -> Bounds:
        if self.west >= self.east or self.south >= self.north:
            raise ValueError("bounds go from west to east and from south to north")
        return self


class StopIsServed(Strict):
    """When a planned stop counts as served: how near to its place and time a vehicle of its unit must be heard of."""

    within_metres: StrictInt = Field(gt=0, le=1000)
    minutes_early: StrictInt = Field(ge=0, le=720)
    minutes_late: StrictInt = Field(gt=0, le=720)


class CitySettings(Strict):
    """city.yaml."""

    city: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    time_zone: str
    evaluates_from: Day  # first day that belongs to a period; older records stay in the lake uncounted
    as_of: LocalMoment | None = None  # fixed for historical data: local time of the city
    synthetic: StrictBool = False
    language: Literal["zh", "en"] = "zh"
    periods: tuple[PeriodType, ...] = ("week", "month", "quarter", "half_year", "year")
    approval: Literal["required", "none"] = "required"  # a publication is a draft until a named person approves it
    objection_work_days: StrictInt = Field(default=0, ge=0)  # working days for which a draft is open to objections
    bounds: Bounds | None = None  # coordinates outside of it are rejected
    calendar: str = "default"  # calendar_code of work_intervals.csv
    public_holidays: Literal["cn"] | None = None  # fills the days that calendar.csv lacks
    stop_is_served: StopIsServed | None = None  # without it no planned stop is judged against positions
    # indicator → why it is the same for all units and months; any other such share fails the audit
    constant_rates: dict[str, str] = Field(default_factory=dict)
    source: str = ""  # where real data comes from and under which licence
    licence: str = ""


class Declares(Strict):
    """What a feed declares about its own meaning."""

    handled_at: Literal["closed_at"] | None = None  # a blank handling time equals the closing time
    clock_starts_at: ClockStart = "reported_at"  # where the clock starts if a limit names no stage
    due_at: Literal["given", "computed"] = "given"  # which deadline counts where the feed gives one and a limit another


class Source(Strict):
    """sources/<source>.yaml: one feed and how its files become records of one contract."""

    source: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Label
    contract: str
    source_system: str = ""  # default: the source's name; feeds of one system share case numbers
    files: Globs = Field(min_length=1)  # globs looked for at any depth of the input folder
    format: FileFormat = "auto"  # auto: by the file's extension and first bytes
    csv: CsvFormat = CsvFormat()
    xlsx: XlsxFormat = XlsxFormat()
    json_: JsonFormat = Field(default=JsonFormat(), alias="json")
    archive: ArchiveFormat = ArchiveFormat()
    time_zone: str = ""  # default: the city's
    coordinates: CoordinateSystem = "wgs_84"  # in which longitude and latitude are told; the lake holds WGS 84
    extracted_at: ExtractedAt | None = None
    only_rows: tuple[RowFilter, ...] = ()  # all must hold
    columns: Columns
    ignore: Names = ()  # globs of headers known and not used; any other header stops the delivery
    dated_by: DatedBy | None = None  # needed where there are layouts
    layouts: tuple[Layout, ...] = ()  # layouts that changed with the years; their days must not overlap
    joins: tuple[Join, ...] = ()
    declares: Declares = Declares()
    watch: Watch = Watch()
    fetch: Fetch | None = None

    @model_validator(mode="before")
    @classmethod
    def system_defaults_to_source(cls, data: Any) -> Any:
        if isinstance(data, dict) and not data.get("source_system"):
            data = {**data, "source_system": data.get("source", "")}
        return data

    @property
    def lists_deletions(self) -> bool:
        """Whether every record of this source is one that was deleted: then only its key must be given."""
        spec = self.columns.get("is_deleted")
        return spec is not None and str(spec.value).lower() == "true"

    def with_layout(self, layout: Layout) -> Source:
        """This source with what ``layout`` says put in its place."""
        columns = {name: layout.columns.get(name, spec) for name, spec in self.columns.items()} | layout.columns
        return self.model_copy(
            update={
                "columns": {name: spec for name, spec in columns.items() if spec is not None},
                "ignore": (*self.ignore, *layout.ignore),
                "csv": layout.csv or self.csv,
            }
        )

    @model_validator(mode="after")
    def layouts_are_dated(self) -> Source:
        if self.layouts and self.dated_by is None:
            raise ValueError("layouts need dated_by, which tells the day a file belongs to")
        spans = sorted((x.valid_from or date.min, x.valid_to or date.max) for x in self.layouts)
        for (_, end), (start, _) in pairwise(spans):
            if start <= end:
                raise ValueError(f"two layouts hold on {start}: their days must not overlap")
        return self
