"""A rule file: which cells of a published table follow from which others, and how."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, model_validator

from pipelines.audit.expressions import KINDS, Bound, Exact, GradeOf, Operand, Rounding
from pipelines.audit.rows import Rows, Text
from pipelines.city.strict import Strict
from pipelines.city.yaml_file import Document, into_model, read_document

BlankMeans = Literal["not_printed", "none"]
PlaceWord = Annotated[str, BeforeValidator(str)]
SHAPES = {name: kind for name, kind in KINDS.items() if name not in ("total", "cell", "earlier")}
OWN = ("rank", "award", "grade", "attainable")


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_many)]


class RankOf(Strict):
    """Places 1-2-2-4: one more than the number of better rows of the group."""

    by: Operand
    best: Literal["highest", "lowest"] = "highest"
    within: Names | None = None  # columns that make the group; default: the blocks
    not_ranked: Rows | None = None  # rows that take no place; their cell is blank


class Entry(Strict):
    """Who gets what. Every condition named must hold; the first entry that fits counts."""

    rank: StrictInt | None = Field(default=None, ge=1)
    from_: StrictInt | None = Field(default=None, alias="from", ge=1)
    to: StrictInt | None = Field(default=None, ge=1)
    place: Literal["last", "second_last"] | None = None
    group_size: StrictInt | None = Field(default=None, ge=1)
    group_size_from: StrictInt | None = Field(default=None, ge=1)
    group_size_to: StrictInt | None = Field(default=None, ge=1)
    gives: Exact | Literal["none"]

    @model_validator(mode="after")
    def some_condition(self) -> Entry:
        if all(x is None for x in (self.rank, self.from_, self.to, self.place)):
            raise ValueError("an entry names rank, from / to, or place: last / second_last")
        return self


class AwardOf(Strict):
    """By place in the group: the place as printed in the column ``rank``, or by the operand ``by`` where none is."""

    rank: str | None = None
    by: Operand | None = None
    best: Literal["highest", "lowest"] = "highest"
    within: Names | None = None
    not_ranked: Rows | None = None  # rows that are in no group; their cell is blank or 0
    table: tuple[Entry, ...] = Field(min_length=1)
    otherwise: Exact | Literal["none"]

    @model_validator(mode="after")
    def one_origin(self) -> AwardOf:
        if (self.rank is None) == (self.by is None):
            raise ValueError("give exactly one of rank (the column of places) and by (what decides the places)")
        return self


class AttainableOf(Strict):
    """A rate without its numerator: some whole numerator over ``over`` must round to it."""

    over: Operand
    above_one: StrictBool = False  # a numerator may be larger than the denominator


class Check(Strict):
    """One shape; the keys of ``OWN`` and of ``SHAPES`` are the shapes."""

    also_known: ClassVar[tuple[str, ...]] = tuple(SHAPES)  # for hints: these keys become ``shape``

    rank: RankOf | None = None
    award: AwardOf | None = None
    grade: GradeOf | None = None
    attainable: AttainableOf | None = None
    shape: Operand | None = None

    @model_validator(mode="before")
    @classmethod
    def gather(cls, data: Any) -> Any:
        """The one key of SHAPES becomes ``shape``, with all that belongs to it."""
        if not isinstance(data, dict):
            return data
        named = [name for name in SHAPES if name in data]
        if len(named) != 1 or "shape" in data:
            return data
        # mean, sum_rows, count_rows have their details beside them
        beside = ("table", "join", "whole_table", "with_self") if named[0] in ("mean", "sum_rows", "count_rows") else ()
        belongs = (named[0], *beside)
        rest = {key: value for key, value in data.items() if key not in belongs}
        if "parts" in rest and beside:
            return {**{k: v for k, v in rest.items() if k != "parts"}, "shape": _shape(data, belongs, data["parts"])}
        return {**rest, "shape": _shape(data, belongs, None)}

    @property
    def is_empty(self) -> bool:
        return all(x is None for x in (self.rank, self.award, self.grade, self.attainable, self.shape))


def _shape(data: dict[str, Any], keys: tuple[str, ...], rows: Any) -> dict[str, Any]:
    shape = {key: data[key] for key in keys if key in data}
    return shape if rows is None else {**shape, "rows": rows}


def _one_shape(check: Check) -> None:
    found = [x for x in (check.rank, check.award, check.grade, check.attainable, check.shape) if x is not None]
    if len(found) != 1:
        raise ValueError(f"give exactly one shape: {', '.join((*OWN, *SHAPES))}")


class Case(Check):
    """A shape that holds for some of the rule's rows."""

    rows: Rows

    @model_validator(mode="after")
    def one_shape(self) -> Case:
        _one_shape(self)
        return self


class Rule(Check):
    """How the cells of one column follow. A row that no rule and no case holds for is not checked."""

    column: str
    rows: Rows = Field(default_factory=dict)
    cases: tuple[Case, ...] = ()
    as_: Literal["number", "percent", "permille"] | None = Field(default=None, alias="as")
    decimals: StrictInt | Literal["printed"] = "printed"
    rounding: Rounding = "half_up"
    tolerance: Exact = Decimal(0)
    complete: Rows | Literal["all"] | None = None  # sum_rows: the rows of blocks whose parts are all printed
    blocks: Names | None = None

    @model_validator(mode="after")
    def one_shape_or_cases(self) -> Rule:
        if self.cases:
            if not self.is_empty:
                raise ValueError("a rule has either one shape or cases")
        else:
            _one_shape(self)
        return self


class Skip(Strict):
    """Cells that are not to be checked, and why. Without a column: something about the whole table."""

    column: str | None = None
    rows: Rows = Field(default_factory=dict)
    why: str


class Incomplete(Strict):
    """Rows whose inputs are not all printed: no cell of theirs (or of the columns named) is checked, and no place or
    award of their group.
    """

    rows: Rows
    columns: Names = ()
    why: str


class RuleFile(Strict):
    """RULE.yaml."""

    title: str = ""
    source: str = ""
    key: Names = ()
    blocks: Names = ()  # rows with equal cells in these columns are a block; default: the whole table is one
    total: Rows = Field(default_factory=dict)  # the total row of a block
    inputs: Names = ()  # columns that are taken as given
    tables: dict[str, str] = Field(default_factory=dict)  # name: file, beside the table or the rule file
    blank: dict[str, BlankMeans] = Field(default_factory=dict)  # default: not_printed
    blank_marks: tuple[Text, ...] = ()  # texts that mean a blank, such as "/" or "—"
    words: dict[str, PlaceWord] = Field(default_factory=dict)  # 最后一名: last
    skip: tuple[Skip, ...] = ()
    incomplete: tuple[Incomplete, ...] = ()
    rules: tuple[Rule, ...]  # none: a table of inputs, from which nothing follows


def read_rule(path: Path) -> tuple[RuleFile, Document]:
    """The rule file and its lines. Raises UsageError with file, line, key and hint for every mistake."""
    document = read_document(path)
    return into_model(document, RuleFile), document


__all__ = ["Bound", "Case", "Check", "Rule", "RuleFile", "read_rule"]
