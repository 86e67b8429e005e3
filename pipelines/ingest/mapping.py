"""A source's mapping made ready for one file: which position of the file fills which column of the contract."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.city import City
from pipelines.city.mapping import ColumnMap, RowFilter, Scalar
from pipelines.city.models import Source
from pipelines.contracts import DELIVERED, Column, Contract, Type
from pipelines.contracts.schemas import POLARS_TYPES
from pipelines.errors import UsageError
from pipelines.ingest.cast import Reading, cast_text, clean, half_width

# YAML reads an unquoted Yes or On as true, so a map's key "true" stands for each of these spellings.
YAML_BOOLEANS = {
    "true": ("True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"),
    "false": ("False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"),
}


@dataclass(frozen=True)
class ColumnPlan:
    """How one column of the contract is filled from a file: from position ``index``, or by ``constant``."""

    column: Column
    spec: ColumnMap
    reading: Reading
    index: int | None
    constant: pl.Series | None
    keys: tuple[str, ...]  # texts that the map names and that stand for a value
    values: pl.Series | None  # the values, typed, in the order of ``keys``
    null_keys: tuple[str, ...]  # texts that the map names and that stand for nothing
    codes: pl.Series | None  # the known codes, where the column refers to a reference table

    @property
    def raw(self) -> pl.Expr:
        return pl.col(f"c{self.index}")


@dataclass(frozen=True)
class Plan:
    """Everything needed to turn the text of one file into rows of one contract."""

    contract: Contract
    source: Source
    columns: tuple[ColumnPlan, ...]  # those that come from the file
    constants: dict[str, pl.Series]
    filters: tuple[tuple[int, RowFilter], ...]
    width: int

    @property
    def wanted(self) -> list[int]:
        """Positions to read. The last one is always among them: a short record shows there first."""
        used = {plan.index for plan in self.columns if plan.index is not None}
        return sorted(used | {index for index, _ in self.filters} | {self.width - 1})


def make_plan(city: City, source: Source, headers: tuple[str, ...], *, is_sheet: bool) -> Plan:
    """The plan for a file with ``headers`` (already checked). Raises UsageError for a constant or map value that
    is not of its column's type or not allowed there.
    """
    contract = DELIVERED[source.contract]
    position = {name: index for index, name in enumerate(headers)}
    zones = (source.time_zone or city.settings.time_zone, city.settings.time_zone)
    specs = dict(source.columns)
    if source.extracted_at is not None and source.extracted_at.column is not None:
        specs["extracted_at"] = ColumnMap(column=(source.extracted_at.column,), formats=source.extracted_at.formats)
    columns: list[ColumnPlan] = []
    constants: dict[str, pl.Series] = {}
    for column in contract.lake_columns:
        spec = specs.get(column.name)
        if spec is None:
            continue
        plan = _column_plan(city, source, column, spec, position, zones, is_sheet=is_sheet)
        if plan.constant is not None:
            constants[column.name] = plan.constant
        elif plan.index is not None:
            columns.append(plan)
    return Plan(
        contract=contract,
        source=source,
        columns=tuple(columns),
        constants=constants,
        filters=tuple((position[test.column.strip()], test) for test in source.only_rows),
        width=len(headers),
    )


def _column_plan(
    city: City,
    source: Source,
    column: Column,
    spec: ColumnMap,
    position: dict[str, int],
    zones: tuple[str, str],
    *,
    is_sheet: bool,
) -> ColumnPlan:
    reading = Reading.of(column.type, spec.formats, zones, is_sheet=is_sheet)
    place = f"sources/{source.source}.yaml: columns.{column.name}"
    plain = Reading.of(column.type, (), (zones[1], zones[1]), is_sheet=False)
    named = _with_yaml_spellings(spec.map or {})
    keys = tuple(key for key, value in named.items() if value is not None)
    values = _typed([named[key] for key in keys], column, plain, f"{place}.map")
    known = city.codes.get(column.refers_to or "", frozenset())
    constant = None if spec.value is None else _typed([spec.value], column, plain, f"{place}.value")
    if constant is not None and known and constant[0] not in known:
        raise UsageError(f"{place}.value: {spec.value!r} is not a code of {column.refers_to}", "correct it")
    return ColumnPlan(
        column=column,
        spec=spec,
        reading=reading,
        index=next((position[name.strip()] for name in spec.column if name.strip() in position), None),
        constant=constant,
        keys=keys,
        values=values if keys else None,
        null_keys=tuple(key for key, value in named.items() if value is None),
        codes=pl.Series(sorted(known), dtype=pl.String) if known else None,
    )


def _with_yaml_spellings(named: dict[str, Scalar | None]) -> dict[str, Scalar | None]:
    full = dict(named)
    for key, spellings in YAML_BOOLEANS.items():
        if key in named:
            for spelling in spellings:
                full.setdefault(spelling, named[key])
    return full


def _typed(values: list[Any], column: Column, reading: Reading, place: str) -> pl.Series:
    texts = [str(v).lower() if isinstance(v, bool) else str(v) for v in values]
    frame = pl.DataFrame({"t": texts}, schema={"t": pl.String})
    text = clean(pl.col("t")) if column.type is Type.TEXT else half_width(clean(pl.col("t")))
    typed = frame.select(cast_text(text, reading, careful=True).cast(POLARS_TYPES[column.type]).alias("v"))["v"]
    for text_value, value in zip(texts, typed, strict=True):
        if value is None:
            raise UsageError(f"{place}: {text_value!r} is not a {column.type}", "correct the value")
        if column.allowed and value not in column.allowed:
            raise UsageError(
                f"{place}: {text_value!r} is not allowed in {column.name}", f"use one of {', '.join(column.allowed)}"
            )
    return typed
