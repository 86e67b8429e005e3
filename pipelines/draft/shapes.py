"""What the values of a column look like: times and their formats, numbers, truth values, phones, codes, free text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from pipelines.city.times import EPOCH_MILLISECONDS, EPOCH_SECONDS, EXCEL_SERIAL, ISO_8601, directives
from pipelines.draft.words import FALSE, TRUE
from pipelines.ingest.masks import mask_series
from pipelines.ingest.moments import moment

MOST_VALUES = 5_000
ZONES = ("UTC", "UTC")
FIRST_YEAR, LAST_YEAR = 1970, 2060
ENOUGH = 0.9

DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y", "%d-%b-%Y")
CLOCKS = ("%H:%M:%S", "%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%p%I:%M:%S", "%H时%M分")
# Without separators a time looks like a number or a code: such formats count only where the header tells of a time.
BARE = ("%Y%m%d%H%M%S", "%Y%m%d", EPOCH_MILLISECONDS, EPOCH_SECONDS, EXCEL_SERIAL)
FORMS = (
    *(f"{day} {clock}" for day in DAYS for clock in CLOCKS),
    "%Y年%m月%d日%H:%M:%S",
    *DAYS,
    "%Y / %m",
    "%Y-%m",
    "%Y年%m月",
    ISO_8601,
)
LIKE_TIME = re.compile(r"[\d]{1,4}\s*[-/.年T:].*\d|\d{8,14}|\d{5}(\.\d+)?")
TIMES_OF_DAY = re.compile(r"([01]?\d|2[0-4]):?[0-5]\d(:?[0-5]\d(\.\d+)?)?")
PHONE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8}|\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}")
NUMBER = r"^[-+]?\d+(\.\d+)?([eE][-+]?\d+)?$"


@dataclass(frozen=True)
class Shape:
    """Of the values of one column that are not blank. ``tested`` distinct ones were looked at closely; they fill
    ``tested_rows``.
    """

    rows: int
    filled: int
    distinct: int
    tested: int
    formats: tuple[str, ...] = ()  # that together read ``timed`` of the tested values
    timed: int = 0
    tested_rows: int = 0
    timed_rows: int = 0
    is_ambiguous: bool = False  # day and month could be swapped in every value
    is_bare: bool = False  # only digits: a time if the header says so
    clocks: int = 0  # look like a time of day
    clock_rows: int = 0
    numbers: int = 0
    low: float = 0.0
    high: float = 0.0
    has_fraction: bool = False
    truths: int = 0
    phones: int = 0
    length: float = 0.0
    sample: tuple[str, ...] = ()

    def share(self, count: int) -> float:
        return count / self.tested if self.tested else 0.0

    @property
    def is_time(self) -> bool:
        return self.share(self.timed) >= ENOUGH or self.is_strewn_time

    @property
    def is_strewn_time(self) -> bool:
        """True if nearly all rows hold times, but among the distinct values are many that are none: a month has 31
        days, and a few rows whose columns are shifted bring a hundred other texts.
        """
        return self.share(self.timed) < ENOUGH <= self._share_of_rows(self.timed_rows)

    @property
    def is_clock(self) -> bool:
        return self.share(self.clocks) >= ENOUGH or self._share_of_rows(self.clock_rows) >= ENOUGH

    def _share_of_rows(self, rows: int) -> float:
        return rows / self.tested_rows if self.tested_rows else 0.0

    @property
    def is_number(self) -> bool:
        return self.share(self.numbers) >= ENOUGH

    @property
    def is_truth(self) -> bool:
        return self.tested > 0 and self.truths == self.tested

    @property
    def is_phone(self) -> bool:
        return self.share(self.phones) >= 0.5

    @property
    def is_unique(self) -> bool:
        return self.filled == self.rows > 0 and self.distinct == self.rows

    @property
    def is_free_text(self) -> bool:
        return self.length > 15 and self.distinct > max(100, 0.5 * self.filled)

    @property
    def is_category(self) -> bool:
        return 0 < self.distinct <= 500 and not self.is_free_text and not self.is_phone


def shape(column: pl.Series) -> Shape:
    """The shape of a column of text; blank cells are null."""
    values = column.drop_nulls()
    counts = values.value_counts(sort=False, name="__rows")
    distinct = values.unique(maintain_order=True)
    tested = distinct.head(MOST_VALUES)
    rows_of = dict(counts.iter_rows())
    numbers = tested.filter(tested.str.contains(NUMBER)).cast(pl.Float64)
    texts = tested.to_list()
    formats, untimed, ambiguous = _formats(tested)
    clocks = [text for text in texts if TIMES_OF_DAY.fullmatch(text)]
    tested_rows = sum(rows_of[text] for text in texts)
    truths = set(TRUE) | set(FALSE)
    return Shape(
        rows=len(column),
        filled=len(values),
        distinct=len(distinct),
        tested=len(tested),
        formats=formats,
        timed=len(tested) - len(untimed),
        tested_rows=tested_rows,
        timed_rows=tested_rows - sum(rows_of[text] for text in untimed),
        is_ambiguous=ambiguous,
        is_bare=bool(formats) and formats[0] in BARE,
        clocks=len(clocks),
        clock_rows=sum(rows_of[text] for text in clocks),
        numbers=len(numbers),
        low=float(numbers.min() or 0) if len(numbers) else 0.0,  # type: ignore[arg-type]
        high=float(numbers.max() or 0) if len(numbers) else 0.0,  # type: ignore[arg-type]
        has_fraction=bool(tested.str.contains(r"^[-+]?\d+\.\d+$").any()),
        truths=sum(text.lower() in truths for text in texts),
        phones=sum(bool(PHONE.fullmatch(text)) for text in texts),
        length=float(tested.str.len_chars().mean() or 0),  # type: ignore[arg-type]
        sample=tuple(texts[:300]),
    )


def _formats(values: pl.Series) -> tuple[tuple[str, ...], pl.Series, bool]:
    """The fewest formats that read most values, what none of them reads, and whether day and month may be swapped."""
    if values.is_empty() or not LIKE_TIME.search(values[0]):
        return (), values, False
    left, found, ambiguous = values, list[str](), False
    while len(left) and len(found) < 4:
        best, read = "", pl.Series([], dtype=pl.Boolean)
        for form in (*FORMS, *BARE):
            if best and form in BARE:
                break
            good = _reads(left, form)
            if good.sum() > (read.sum() if best else 0):
                best, read = form, good
        if not best or read.sum() < max(1, 0.005 * len(values)):
            break
        swapped = best.replace("%m/%d", "%d/%m") if "%m/%d" in best else best.replace("%d/%m", "%m/%d")
        ambiguous = ambiguous or (swapped != best and _reads(left, swapped).sum() == read.sum())
        found.append(best)
        left = left.filter(~read)
    return tuple(found), left, ambiguous


def _reads(values: pl.Series, form: str) -> pl.Series:
    told = directives(form) if "%" in form else form
    text = pl.col("text")
    if form == "%Y%m%d%H%M%S":
        text = pl.when(text.str.len_chars() == 14).then(text)
    elif form == "%Y%m%d":
        text = pl.when(text.str.len_chars() == 8).then(text)
    year = moment(text, told, ZONES, careful=True).dt.year()
    first, last = (2000, LAST_YEAR) if form in (EPOCH_SECONDS, EPOCH_MILLISECONDS, EXCEL_SERIAL) else (1900, 2100)
    expression = year.is_between(first if form in BARE else 1900, last).fill_null(value=False)
    return pl.DataFrame({"text": values}).select(expression.alias("text"))["text"]


def is_personal(values: list[str]) -> bool:
    """True if any of the values holds what the door would mask: a phone, an identity number, a plate, an address."""
    if not values:
        return False
    told = pl.Series(values, dtype=pl.String)
    return bool((mask_series(told) != told).any())
