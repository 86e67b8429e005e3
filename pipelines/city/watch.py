"""When a feed is watched closely enough to warn or to stop: the ``watch`` key of a source."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictFloat, StrictInt, model_validator

from pipelines.city.strict import Strict

Every = Literal["day", "week", "month", "quarter", "half_year", "year"]


class Share(Strict):
    """Levels of a share of rows, 0 to 1: the share itself is still good, more is not."""

    warn: StrictFloat | None = Field(default=None, ge=0, le=1)
    stop: StrictFloat | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def in_order(self) -> Share:
        if self.warn is None and self.stop is None:
            raise ValueError("give warn, stop or both")
        if self.warn is not None and self.stop is not None and self.stop < self.warn:
            raise ValueError("stop lies below warn: what stops a delivery must be worse than what warns")
        return self


class Days(Strict):
    """Levels of an age in days: that many days are still good, more are not."""

    warn: StrictInt | None = Field(default=None, ge=0)
    stop: StrictInt | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def in_order(self) -> Days:
        if self.warn is None and self.stop is None:
            raise ValueError("give warn, stop or both")
        if self.warn is not None and self.stop is not None and self.stop < self.warn:
            raise ValueError("stop lies below warn: what stops a feed must be worse than what warns")
        return self


class Band(Strict):
    """Multiples of the usual number of rows; inside the band is good."""

    below: StrictFloat | None = Field(default=None, ge=0, lt=1)
    above: StrictFloat | None = Field(default=None, gt=1)

    @model_validator(mode="after")
    def says_something(self) -> Band:
        if self.below is None and self.above is None:
            raise ValueError("give below (0 to 1), above (more than 1) or both, as multiples of the usual number")
        return self


class RowCount(Strict):
    """The number of rows in scope against the median of the source's earlier deliveries."""

    warn: Band | None = None
    stop: Band | None = None
    after: StrictInt = Field(default=3, ge=1)  # earlier deliveries needed before anything is judged

    @model_validator(mode="after")
    def in_order(self) -> RowCount:
        if self.warn is None and self.stop is None:
            raise ValueError("give warn, stop or both")
        if self.warn is not None and self.stop is not None:
            if self.warn.below is not None and self.stop.below is not None and self.stop.below > self.warn.below:
                raise ValueError("stop.below lies above warn.below: what stops must be worse than what warns")
            if self.warn.above is not None and self.stop.above is not None and self.stop.above < self.warn.above:
                raise ValueError("stop.above lies below warn.above: what stops must be worse than what warns")
        return self


class Due(Strict):
    """A delivery is due for every period of this kind, at the latest ``within_days`` after its last day."""

    every: Every
    within_days: StrictInt = Field(ge=0)


class Watch(Strict):
    """Levels at which a delivery of the source warns or is stopped, and when a delivery is due.

    A stopped delivery is kept and not used until it is overridden. A stopped or late feed takes its own units out of
    the ranking of the periods concerned.
    """

    rejected_share: Share | None = None  # rejected rows of the rows in scope
    unknown_unit_share: Share | None = None  # rows in scope rejected for a code that is no unit
    unknown_category_share: Share | None = None  # … for a code that is no category
    row_count: RowCount | None = None
    stale_days: Days | None = None  # days from the newest record to the moment the period is judged at
    due: Due | None = None
    # Whose feed it is: the units that its rows name in these columns, ``units`` beside them, and all above them.
    unit_columns: tuple[Literal["unit_code", "area_code"], ...] = ("unit_code", "area_code")
    units: tuple[str, ...] = ()

    @property
    def is_watching(self) -> bool:
        """False where nothing is asked for: such a source never warns, stops or is late."""
        return any(
            level is not None
            for level in (
                self.rejected_share,
                self.unknown_unit_share,
                self.unknown_category_share,
                self.row_count,
                self.stale_days,
                self.due,
            )
        )
