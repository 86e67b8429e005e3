"""What a source's file must say beyond its shape: it fits its contract, and nothing in it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from pipelines.city.hints import nearest
from pipelines.city.indicators import IndicatorFile
from pipelines.city.mapping import ColumnMap, Reading
from pipelines.city.models import CitySettings, Source
from pipelines.city.times import EXCEL_SERIAL, WORDS, tells_day
from pipelines.city.yaml_file import Document
from pipelines.contracts import DELIVERED, Column, Contract, Personal, Type
from pipelines.registry import known

MOMENTS = (Type.TIMESTAMP, Type.DATE, Type.TIME)
Place = tuple[str | int, ...]


def zone_problem(document: Document, zone: str) -> list[str]:
    """A problem if ``zone`` is not the name of a time zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, such as Asia
        return [f"{document.place('time_zone')}: {zone!r} is not known; use a name such as Asia/Shanghai"]
    return []


def city_problems(
    document: Document, settings: CitySettings, reference: Mapping[str, pl.DataFrame], indicators: IndicatorFile
) -> Iterator[str]:
    """What city.yaml names and nothing knows: its time zone, its calendar, indicators whose share is constant."""
    yield from zone_problem(document, settings.time_zone)
    if "work_intervals" in reference:
        codes = set(reference["work_intervals"]["calendar_code"])
        given = "calendar" in settings.model_fields_set
        if settings.calendar not in codes and (codes or (given and settings.calendar != "default")):
            hint = nearest(settings.calendar, codes) or (f"; use one of {', '.join(sorted(codes))}" if codes else "")
            at = document.place("calendar")
            yield f"{at}: {settings.calendar!r} is no calendar_code of work_intervals.csv, so no hour would work{hint}"
        elif not codes and "stage_limits" in reference:
            counted = reference["stage_limits"]["limit_unit"].is_in(["work_hour", "work_day"])
            if counted.any():
                row = int(counted.arg_true()[0]) + 2
                yield (
                    f"{document.path.with_name('limits.csv')}, row {row}, column limit_unit: "
                    "it counts working time, and work_intervals.csv tells none"
                )
    registered = known("indicators") | {each.indicator for each in indicators.indicators}
    for name in settings.constant_rates:
        if name not in registered:
            hint = nearest(name, registered) or "; `cityeval indicators` and docs/guide/indicators.md list them"
            yield f"{document.place('constant_rates', name)}: {name!r} is no indicator{hint}"


def unit_problems(document: Document, source: Source, units: set[str]) -> Iterator[str]:
    """Units that ``watch`` names and the city does not have."""
    for number, unit in enumerate(source.watch.units):
        if unit not in units:
            hint = nearest(unit, units) or "; see units.csv"
            yield f"{document.place('watch', 'units', number)}: {unit!r} is not a unit{hint}"


def name_problems(document: Document) -> list[str]:
    """Wrong names in a source's file, whatever else may be wrong with it: of itself, its contract, columns, zone."""
    data, place = document.data, document.place
    if not isinstance(data, dict):
        return []
    found: list[str] = []
    name, contract_name, zone = data.get("source"), data.get("contract"), data.get("time_zone")
    if isinstance(name, str) and name != document.path.stem:
        found.append(f"{place('source')}: it is {name!r} but the file is {document.path.name}; make them equal")
    if isinstance(zone, str) and zone:
        found += zone_problem(document, zone)
    if not isinstance(contract_name, str):
        return found
    contract = DELIVERED.get(contract_name)
    if contract is None:
        hint = nearest(contract_name, DELIVERED) or f"; use one of {', '.join(sorted(DELIVERED))}"
        return [*found, f"{place('contract')}: {contract_name!r} is not known{hint}"]
    mappable = {column.name for column in contract.columns} | {"updated_at", "is_deleted"}
    groups: list[tuple[Place, Any]] = [(("columns",), data.get("columns"))]
    layouts = data.get("layouts")
    for number, layout in enumerate(layouts if isinstance(layouts, list) else ()):
        if isinstance(layout, dict):
            groups.append((("layouts", number, "columns"), layout.get("columns")))
    for at, columns in groups:
        for column in columns if isinstance(columns, dict) else ():
            if column not in mappable:
                hint = nearest(str(column), mappable) or f"; its columns are: {', '.join(sorted(mappable))}"
                found.append(f"{place(*at, column)}: this is not a column of {contract.name}{hint}")
    return found


def source_problems(document: Document, source: Source) -> list[str]:
    """Every further mistake of a source's file, each as ``path:line: key: what is wrong, what would be right``."""
    contract, place = DELIVERED.get(source.contract), document.place
    if contract is None:
        return []
    entries: list[tuple[Place, ColumnMap | None]] = [(("columns", name), spec) for name, spec in source.columns.items()]
    for number, layout in enumerate(source.layouts):
        entries += [
            (("layouts", number, "columns", name), spec)
            for name, spec in layout.columns.items()
            if spec is not None or name not in source.columns
        ]
    found = [f"{place(*where)}: {what}" for at, spec in entries for where, what in _column(contract, source, at, spec)]
    found += [f"{place(*at)}: {what}" for at, what in _lacking(contract, source)]
    for number, join in enumerate(source.joins):
        if "{date}" in join.file and source.dated_by is None:
            found.append(f"{place('joins', number, 'file')}: {{date}} needs dated_by, which tells the file's day")
    return found


def _column(contract: Contract, source: Source, at: Place, spec: ColumnMap | None) -> Iterator[tuple[Place, str]]:
    name = str(at[-1])
    try:
        column = contract.column(name)
    except KeyError:  # told by name_problems
        return
    if spec is None:
        yield at, "null takes away an entry of the source's columns, and there is none of that name"
        return
    if column.required and spec.optional and not spec.repairs:
        yield (*at, "optional"), f"{contract.name} needs {name}, so a file that lacks it needs repairs that fill it"
    if spec.key_of:
        yield from _key(contract, source, at, column, spec)
    yield from _formats(at, column, spec)
    for number, repair in enumerate(spec.repairs):
        yield from _formats((*at, "repairs", number), column, repair)


def _key(contract: Contract, source: Source, at: Place, column: Column, spec: ColumnMap) -> Iterator[tuple[Place, str]]:
    if column.type is not Type.TEXT:
        yield (*at, "key_of"), f"a key is text, and {column.name} is of type {column.type}"
    identities = {c.name for c in contract.columns if c.personal is Personal.KEYED_HASH}
    for name in identities & set(source.columns):
        both = set(spec.key_of) & set(source.columns[name].headers)
        if both:
            yield (*at, "key_of"), f"{sorted(both)[0]!r} identifies a person ({name}): its hash could be guessed back"


def _formats(at: Place, column: Column, spec: Reading) -> Iterator[tuple[Place, str]]:
    if spec.end_of_day and column.type is not Type.TIMESTAMP:
        yield (*at, "end_of_day"), f"it is for moments, and {column.name} is of type {column.type}; remove it"
    if spec.formats and column.type not in MOMENTS:
        yield (*at, "formats"), f"formats read times and days, and {column.name} is of type {column.type}; remove them"
        return
    for form in spec.formats:
        if column.type is Type.TIME:
            if form in WORDS and form != EXCEL_SERIAL:
                yield (*at, "formats"), f"{form!r} is no way to write a time of day"
        elif not tells_day(form):
            yield (*at, "formats"), f"{form!r} tells no year, and {column.name} is of type {column.type}"


def _lacking(contract: Contract, source: Source) -> Iterator[tuple[Place, str]]:
    """Without layouts the source, with layouts each of them together with the source must fill what is required."""
    variants: list[tuple[Place, Source]] = [(("columns",), source)]
    if source.layouts:
        variants = [(("layouts", i, "columns"), source.with_layout(lay)) for i, lay in enumerate(source.layouts)]
    for at, variant in variants:
        needed = [c for c in contract.columns if c.required and (c.name in contract.key or not source.lists_deletions)]
        lacking = [c.name for c in needed if c.name not in variant.columns]
        if lacking:
            yield at, f"{contract.name} needs {', '.join(lacking)}: map each of them"
