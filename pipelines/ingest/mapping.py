"""A source's mapping made ready for one file: which positions of the file fill which column of the contract."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from pipelines.city import City
from pipelines.city import mapping as settings
from pipelines.city.mapping import ColumnMap, RowFilter, Scalar
from pipelines.city.models import Source
from pipelines.city.yaml_file import place_in
from pipelines.contracts import DELIVERED, Column, Contract, Type
from pipelines.contracts.schemas import POLARS_TYPES
from pipelines.errors import UsageError
from pipelines.ingest.cast import NULL_WORDS, Reading, cast_text, clean, half_width
from pipelines.ingest.joins import JoinPlan
from pipelines.ingest.keys import KeyPlan
from pipelines.ingest.ways import RepairWay, Way

REPAIRS = "repairs"

# A map's key true stands for the spellings that programs write, too.
SPELLINGS = {"true": ("True", "TRUE"), "false": ("False", "FALSE")}

# What programs write where there is no id, what spreadsheets make of one (="A1", 'A1, #N/A), and characters that nobody
# sees. As ids they would make one case of many, or two of one.
NO_ID = (
    rf"^(?i:{NULL_WORDS}|undefined|\\n|[-/—]+)$|^[=']|^#[A-Z]+[A-Z0-9/!?]*$"
    r"|[\x{200B}-\x{200F}\x{2060}\x{FEFF}]"
)
CUT_ID = r"^\d(?:\.\d+)?[eE]\+\d{2,3}$"  # 2.02610010000000E+17, as spreadsheets write long numbers


@dataclass(frozen=True)
class ColumnPlan:
    """How one column of the contract is filled from a file: by its way, or else by its repairs, in order."""

    column: Column
    way: Way
    repairs: tuple[RepairWay, ...]
    codes: pl.Series | None  # the known codes, where the column refers to a reference table
    may_lack: bool = False  # a required value may be blank in a row that is_deleted calls deleted

    @property
    def ways(self) -> tuple[Way, ...]:
        return (self.way, *(repair.way for repair in self.repairs))

    @property
    def has_list(self) -> bool:
        """True if only certain texts are right: codes, or the allowed ones."""
        return self.codes is not None or bool(self.column.allowed)

    def is_known(self, value: pl.Expr) -> pl.Expr:
        """True where ``value`` is one of those texts."""
        known = pl.lit(value=True)
        if self.column.allowed:
            known = known & value.is_in(list(self.column.allowed))
        if self.codes is not None:
            known = known & value.is_in(self.codes.implode())
        return known

    def broken_rules(self) -> dict[str, pl.Expr]:
        """Rules of the contract on a value that is there: reason → true where the rule is broken."""
        column, value = self.column, pl.col(self.column.name)
        rules: dict[str, pl.Expr] = {}
        bounds = []
        if column.allowed:
            bounds.append(~value.is_in(list(column.allowed)))
        if column.minimum is not None:
            bounds.append(value < column.minimum)
        if column.maximum is not None:
            bounds.append(value > column.maximum)
        if bounds:
            rules["constraint-error"] = pl.any_horizontal(bounds)
        if self.codes is not None:
            rules["foreign-key-error"] = ~value.is_in(self.codes.implode())
        if column.type is Type.TEXT and (column.name.endswith("_id") or column.name == "duplicate_of"):
            rules["cut-id"] = value.str.contains(CUT_ID)
            rules["type-error"] = value.str.contains(NO_ID)
        if column.differs_from is not None:
            rules["same-person"] = _name_only(value) == _name_only(pl.col(column.differs_from))
        if column.given_with is not None:
            rules["missing-value"] = value.is_null() & pl.col(column.given_with).is_not_null()
        return rules


def _name_only(value: pl.Expr) -> pl.Expr:
    """A name without white space and letter case: two spellings of one name are one person."""
    return value.str.replace_all(r"[\s\u{3000}]", "").str.to_lowercase()


@dataclass(frozen=True)
class Plan:
    """Everything needed to turn the text of one file into rows of one contract.

    ``width`` counts the headers of the file itself; positions from there on are those of joined files.
    """

    contract: Contract
    source: Source
    columns: tuple[ColumnPlan, ...]  # those that come from the file
    constants: dict[str, pl.Series]
    filters: tuple[tuple[int, RowFilter], ...]
    width: int
    keys: tuple[KeyPlan, ...] = ()
    joins: tuple[JoinPlan, ...] = ()

    @property
    def wanted(self) -> list[int]:
        """Positions to read. The last one is always among them: a short record shows there first."""
        parts = {part for plan in self.columns for way in plan.ways for part in way.parts}
        parts |= {part for key in self.keys for part in key.parts}
        parts |= {f"c{index}" for index, _ in self.filters}
        parts |= {part for join in self.joins for part in join.on}
        used = {int(part[1:]) for part in parts if part[1:].isdigit()}
        return sorted(index for index in used | {self.width - 1} if index < self.width)


def make_plan(
    city: City, source: Source, headers: tuple[str, ...], *, is_sheet: bool, joins: tuple[JoinPlan, ...] = ()
) -> Plan:
    """The plan for a file with ``headers`` (already checked) and the second files joined to it. Raises UsageError for a
    constant or map value that is not of its column's type or not allowed there.
    """
    contract = DELIVERED[source.contract]
    position: dict[str, str] = {}
    for index, name in enumerate((*headers, *(name for join in joins for name in join.headers))):
        position.setdefault(name, f"c{index}")
    specs = dict(source.columns)
    if source.extracted_at is not None and source.extracted_at.column is not None:
        specs["extracted_at"] = ColumnMap(column=(source.extracted_at.column,), formats=source.extracted_at.formats)
    columns: list[ColumnPlan] = []
    constants: dict[str, pl.Series] = {}
    keys: list[KeyPlan] = []
    for column in contract.lake_columns:
        spec = specs.get(column.name)
        if spec is None:
            continue
        plan = column_plan(city, source, within(city, column), spec, position, is_sheet=is_sheet)
        if source.lists_deletions and column.name not in contract.key:
            plan = replace(plan, column=replace(column, required=False))
        if plan.way.constant is not None:
            constants[column.name] = plan.way.constant
        elif any(way.parts or way.constant is not None for way in plan.ways):
            columns.append(plan)
        if spec.key_of:
            keys.append(KeyPlan(column.name, tuple(position[name.strip()] for name in spec.key_of)))
    columns = [replace(plan, column=_with_partners(plan.column, columns)) for plan in columns]
    if any(plan.column.name == "is_deleted" for plan in columns):
        columns = [replace(plan, may_lack=plan.column.name not in contract.key) for plan in columns]
    return Plan(
        contract=contract,
        source=source,
        columns=tuple(columns),
        constants=constants,
        filters=tuple((int(_parts((test.column,), position)[0][1:]), test) for test in source.only_rows),
        width=len(headers),
        keys=tuple(keys),
        joins=joins,
    )


def within(city: City, column: Column) -> Column:
    """``column`` with the limits of the city where it is a coordinate: (0, 0) and swapped ones lie outside."""
    bounds = city.settings.bounds
    if bounds is None or column.name not in ("longitude", "latitude"):
        return column
    low, high = (bounds.west, bounds.east) if column.name == "longitude" else (bounds.south, bounds.north)
    return replace(column, minimum=low, maximum=high)


def _with_partners(column: Column, columns: list[ColumnPlan]) -> Column:
    """``column`` without the rules between columns whose other column the file does not fill."""
    filled = {plan.column.name for plan in columns}
    return replace(
        column,
        given_with=column.given_with if column.given_with in filled else None,
        differs_from=column.differs_from if column.differs_from in filled else None,
    )


def column_plan(
    city: City,
    source: Source,
    column: Column,
    spec: ColumnMap,
    position: dict[str, str],
    *,
    is_sheet: bool,
    at: tuple[str | int, ...] = ("columns",),
) -> ColumnPlan:
    """The plan of one column; ``position`` tells under which name of a batch a header of the file stands, ``at`` where
    in the source's file ``spec`` stands. Raises UsageError like ``make_plan``.
    """
    place = (*at, column.name)
    own = _way(city, source, column, spec, position, place, is_sheet=is_sheet)
    repairs = tuple(
        RepairWay(
            way=_way(city, source, column, repair, position, (*place, "repairs", at), is_sheet=is_sheet),
            flag=repair.flag,
            if_matches=repair.if_matches,
        )
        for at, repair in enumerate(spec.repairs)
    )
    known = city.codes.get(column.refers_to or "", frozenset())
    return ColumnPlan(
        column=column, way=own, repairs=repairs, codes=pl.Series(sorted(known), dtype=pl.String) if known else None
    )


def _way(
    city: City,
    source: Source,
    column: Column,
    spec: settings.Reading,
    position: dict[str, str],
    place: tuple[str | int, ...],
    *,
    is_sheet: bool,
) -> Way:
    zones = (source.time_zone or city.settings.time_zone, city.settings.time_zone)
    plain = Reading.of(column.type, (), (zones[1], zones[1]), is_sheet=False)
    named = _with_spellings(spec.map or {})
    keys = tuple(key for key, value in named.items() if value is not None)
    values = _typed([(key, named[key]) for key in keys], city, source, column, plain, (*place, "map")) if keys else None
    constant = None
    if spec.value is not None:
        constant = _typed([("value", spec.value)], city, source, column, plain, place)
    own = spec if isinstance(spec, ColumnMap) else None
    if own is not None and own.key_of:
        parts: tuple[str, ...] = (KeyPlan.name_for(column.name),)
    else:
        parts = _parts(spec.groups if own is None else super(ColumnMap, own).groups, position)
    return Way(
        column=column,
        reading=Reading.of(column.type, spec.formats, zones, is_sheet=is_sheet, end_of_day=spec.end_of_day),
        parts=parts,
        join=spec.join,
        constant=constant,
        blank_if=own.blank_if if own is not None else (),
        extract=spec.extract,
        is_mapped=spec.map is not None,
        keys=keys,
        values=values,
        null_keys=tuple(key for key, value in named.items() if value is None),
        otherwise=own.otherwise if own is not None else "reject",
    )


def _parts(groups: settings.Groups, position: dict[str, str]) -> tuple[str, ...]:
    """The batch's name of the one header of each group that is there; none at all where a group has none."""
    found = [next((position[n.strip()] for n in group if n.strip() in position), None) for group in groups]
    return tuple(name for name in found if name is not None) if None not in found else ()


def _with_spellings(named: dict[str, Scalar | None]) -> dict[str, Scalar | None]:
    full = dict(named)
    for key, spellings in SPELLINGS.items():
        if key in named:
            for spelling in spellings:
                full.setdefault(spelling, named[key])
    return full


def _typed(
    told: list[tuple[str, Any]],
    city: City,
    source: Source,
    column: Column,
    reading: Reading,
    place: tuple[str | int, ...],
) -> pl.Series:
    """The values that the source's file gives under the keys below ``place``, in the type of the column."""
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for _, value in told]
    frame = pl.DataFrame({"t": texts}, schema={"t": pl.String})
    text = clean(pl.col("t")) if column.type is Type.TEXT else half_width(clean(pl.col("t")))
    typed = frame.select(cast_text(text, reading, careful=True).cast(POLARS_TYPES[column.type]).alias("v"))["v"]
    known = city.codes.get(column.refers_to or "", frozenset())
    for (key, _), given, value in zip(told, texts, typed, strict=True):
        wrong = remedy = ""
        if value is None:
            wrong, remedy = f"is not a {column.type}", "correct the value"
        elif column.allowed and value not in column.allowed:
            wrong, remedy = f"is not allowed in {column.name}", f"use one of {', '.join(column.allowed)}"
        elif known and value not in known:
            wrong, remedy = f"is not a code of {column.refers_to}", f"correct it, or add it to {column.refers_to}.csv"
        if wrong:
            at = place_in(city.folder / "sources" / f"{source.source}.yaml", *place, key)
            raise UsageError(f"{at}: {given!r} {wrong}", remedy)
    return typed
