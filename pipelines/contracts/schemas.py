"""Polars schemas derived from the contracts."""

from __future__ import annotations

import polars as pl

from pipelines.contracts.base import DECIMAL_PRECISION, DECIMAL_SCALE, Contract, Type

POLARS_TYPES: dict[Type, pl.DataType] = {
    Type.TEXT: pl.String(),
    Type.TIMESTAMP: pl.Datetime("us"),
    Type.DATE: pl.Date(),
    Type.TIME: pl.String(),
    Type.INTEGER: pl.Int64(),
    Type.DECIMAL: pl.Decimal(DECIMAL_PRECISION, DECIMAL_SCALE),
    Type.FLOAT: pl.Float64(),
    Type.BOOLEAN: pl.Boolean(),
}

# How the same types are written in a dbt source file; both engines accept them.
SQL_TYPES: dict[Type, str] = {
    Type.TEXT: "string",
    Type.TIMESTAMP: "timestamp",
    Type.DATE: "date",
    Type.TIME: "string",
    Type.INTEGER: "bigint",
    Type.DECIMAL: f"decimal({DECIMAL_PRECISION},{DECIMAL_SCALE})",
    Type.FLOAT: "double",
    Type.BOOLEAN: "boolean",
}


def lake_schema(contract: Contract) -> pl.Schema:
    """Column names and Polars types of a lake file of ``contract``, in order."""
    return pl.Schema({column.name: POLARS_TYPES[column.type] for column in contract.lake_columns})
