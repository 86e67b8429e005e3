"""Reading a city's reference tables (CSV) under their contracts."""

from __future__ import annotations

from math import inf
from pathlib import Path

import polars as pl

from pipelines.contracts import REFERENCE, Contract, Type
from pipelines.contracts.schemas import POLARS_TYPES, lake_schema
from pipelines.errors import UsageError

# Reference contract → file in the city folder.
FILES = {
    "units": "units.csv",
    "peer_groups": "peer_groups.csv",
    "categories": "categories.csv",
    "stage_limits": "limits.csv",
    "calendar": "calendar.csv",
    "work_intervals": "work_intervals.csv",
    "places": "places.csv",
}


def read_reference(folder: Path, name: str) -> pl.DataFrame:
    """The city's table ``name`` in the types of its contract; an absent file is an empty table.

    Raises UsageError naming file, row, column and value for a header or cell that the contract refuses.
    """
    contract = REFERENCE[name]
    path = folder / FILES[name]
    if not path.is_file():
        return pl.DataFrame(schema=lake_schema(contract))
    try:
        raw = pl.read_csv(path, infer_schema=False, encoding="utf8", truncate_ragged_lines=False)
    except pl.exceptions.PolarsError as error:
        told = " ".join(str(error).split())[:200]
        raise UsageError(
            f"{path} is not a table that can be read: {told}",
            "save it as CSV UTF-8 with one heading line, as many cells in each row, and quotes in pairs",
        ) from error
    expected = [column.name for column in contract.columns]
    missing = [column.name for column in contract.columns if column.required and column.name not in raw.columns]
    extra = [header for header in raw.columns if header not in expected]
    if missing or extra:
        raise UsageError(
            f"{path}: missing columns {missing or 'none'}, unknown columns {extra or 'none'}",
            f"the columns of {name} are: {', '.join(expected)}",
        )
    frame = raw.select(
        _cast(pl.col(name_).str.strip_chars().replace("", None), contract, name_).alias(name_)
        if name_ in raw.columns
        else pl.lit(None, POLARS_TYPES[contract.column(name_).type]).alias(name_)
        for name_ in expected
    )
    _check(path, contract, raw, frame)
    return frame


def _cast(value: pl.Expr, contract: Contract, name: str) -> pl.Expr:
    kind = contract.column(name).type
    if kind is Type.BOOLEAN:
        return value.str.to_lowercase().replace_strict(
            {"true": True, "false": False, "1": True, "0": False}, default=None, return_dtype=pl.Boolean
        )
    if kind is Type.DATE:
        return value.str.to_date("%Y-%m-%d", strict=False)
    return value.cast(POLARS_TYPES[kind], strict=False)


def _check(path: Path, contract: Contract, raw: pl.DataFrame, frame: pl.DataFrame) -> None:
    for column in contract.columns:
        if column.name in raw.columns:
            given = raw[column.name].str.strip_chars().replace("", None)
            bad = given.is_not_null() & frame[column.name].is_null()
            if bad.any():
                row = int(bad.arg_true()[0])
                raise UsageError(
                    f"{path}, row {row + 2}, column {column.name}: {given[row]!r} is not a {column.type}",
                    "correct the cell",
                )
        if column.required and frame[column.name].null_count():
            row = int(frame[column.name].is_null().arg_true()[0])
            raise UsageError(
                f"{path}, row {row + 2}, column {column.name}: blank, but it must be given", "fill the cell"
            )
        if column.allowed:
            bad = frame[column.name].is_not_null() & ~frame[column.name].is_in(list(column.allowed))
            if bad.any():
                row = int(bad.arg_true()[0])
                raise UsageError(
                    f"{path}, row {row + 2}, column {column.name}: {frame[column.name][row]!r} is not allowed",
                    f"use one of: {', '.join(column.allowed)}",
                )
        low = -inf if column.minimum is None else column.minimum
        high = inf if column.maximum is None else column.maximum
        if (low, high) != (-inf, inf):
            out = frame.select(~pl.col(column.name).cast(pl.Float64).is_between(low, high)).to_series()
            if out.any():
                row = int(out.arg_true()[0])
                raise UsageError(
                    f"{path}, row {row + 2}, column {column.name}: {raw[column.name][row]!r} is out of range",
                    f"it must lie between {low:g} and {high:g}",
                )
    doubled = frame.select(contract.key).is_duplicated()
    if doubled.any():
        row = int(doubled.arg_true()[0])
        raise UsageError(
            f"{path}, row {row + 2}: the key {frame.select(contract.key).row(row, named=True)} is there twice",
            "keep one of the rows",
        )
