"""What a column's type and rules are called where people read them: the data dictionary and the template workbook."""

from __future__ import annotations

from pipelines.contracts.base import Column, Type

TYPE_WORDS: dict[Type, tuple[str, str]] = {
    Type.TEXT: ("文本", "text"),
    Type.TIMESTAMP: ("日期时间", "date and time, local"),
    Type.DATE: ("日期", "date"),
    Type.TIME: ("时刻", "time of day"),
    Type.INTEGER: ("整数", "whole number"),
    Type.DECIMAL: ("数值，至多四位小数", "number, up to 4 decimals"),
    Type.FLOAT: ("坐标", "coordinate, WGS 84"),
    Type.BOOLEAN: ("是/否", "yes or no"),
}
YES_NO = ("是", "否")
REFERENCE_FILES = {"units": "units.csv", "categories": "categories.csv", "places": "places.csv"}
# Of a text that has no example of its own, an identifier is one.
_EXAMPLES: dict[Type, str] = {
    Type.TEXT: "20261001000012",
    Type.TIMESTAMP: "2026-10-01 08:30:00",
    Type.DATE: "2026-10-01",
    Type.TIME: "08:30",
    Type.DECIMAL: "1",
    Type.BOOLEAN: YES_NO[0],
}
_COORDINATES = {"longitude": "120.38", "latitude": "36.07"}
_CODES = {"units": "D1S01", "categories": "01", "places": "P0001"}


def type_words(column: Column) -> str:
    """Chinese and English name of the column's type."""
    return " ".join(TYPE_WORDS[column.type])


def allowed_words(column: Column) -> str:
    """What a value must be beyond its type: the values, the range, the reference file; blank where nothing is asked."""
    told = []
    if column.allowed:
        told.append(", ".join(column.allowed))
    if column.minimum is not None or column.maximum is not None:
        low = "" if column.minimum is None else f"{column.minimum:g}"
        high = "" if column.maximum is None else f"{column.maximum:g}"
        told.append(f"{low} … {high}" if low and high else f"≥ {low}" if low else f"≤ {high}")
    if column.refers_to:
        told.append(f"{REFERENCE_FILES[column.refers_to]} 中的编码 a code of it")
    if column.given_with:
        told.append(f"有 {column.given_with} 时必填 given where {column.given_with} is")
    if column.differs_from:
        told.append(f"不得与 {column.differs_from} 相同 another than {column.differs_from}")
    return "; ".join(told)


def example_of(column: Column) -> str:
    """A value that the column accepts, as a deliverer would write it."""
    if column.example:
        return column.example
    if column.allowed:
        return column.allowed[0]
    if column.refers_to:
        return _CODES[column.refers_to]
    if column.name in _COORDINATES:
        return _COORDINATES[column.name]
    if column.type is Type.INTEGER:
        return f"{column.minimum or 1:g}"
    return _EXAMPLES[column.type]
