"""What a contract is: the one statement of a record's columns, types, labels and rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """Column types. Every timestamp is local time of the city, without zone, to the microsecond."""

    TEXT = "text"
    TIMESTAMP = "timestamp"
    DATE = "date"
    TIME = "time"  # time of day, kept as text HH:MM because Parquet times do not travel to Spark
    INTEGER = "integer"
    DECIMAL = "decimal"  # decimal(18, 4)
    FLOAT = "float"  # coordinates only
    BOOLEAN = "boolean"


class Personal(StrEnum):
    """How a personal value is treated at the door: nothing else of it goes further."""

    KEYED_HASH = "keyed_hash"  # an identity that must be countable but not findable
    MASKED_TEXT = "masked_text"  # free text in which telephone, ID, plate and door numbers are masked


DECIMAL_PRECISION, DECIMAL_SCALE = 18, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name, type, Chinese and English label, and the rules every accepted value keeps."""

    name: str
    type: Type
    zh: str
    en: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    refers_to: str | None = None  # name of the reference contract whose first key column holds the code
    personal: Personal | None = None
    unit: str = ""  # of measure, Chinese and English: "元 yuan"
    example: str = ""  # a right value as a deliverer would write it; see ``words.example_of`` for where it is blank
    given_with: str | None = None  # where that column of the row is given, this one is given too
    differs_from: str | None = None  # who stands in that column of the row may not stand here


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """A canonical record. ``columns`` are its own; deliveries add the provenance columns (``PROVENANCE``)."""

    name: str
    zh: str
    en: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    is_reference: bool = False

    def column(self, name: str) -> Column:
        """The column called ``name``; raises KeyError where there is none."""
        for column in self.lake_columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    @property
    def lake_columns(self) -> tuple[Column, ...]:
        """All columns a lake file of this contract holds, in order."""
        return self.columns if self.is_reference else self.columns + PROVENANCE


def text(name: str, zh: str, en: str, **rules: object) -> Column:
    return Column(name=name, type=Type.TEXT, zh=zh, en=en, **rules)  # type: ignore[arg-type]


def code(name: str, zh: str, en: str, refers_to: str | None = None, **rules: object) -> Column:
    return Column(name=name, type=Type.TEXT, zh=zh, en=en, refers_to=refers_to, **rules)  # type: ignore[arg-type]


def choice(name: str, zh: str, en: str, *allowed: str, **rules: object) -> Column:
    return Column(name=name, type=Type.TEXT, zh=zh, en=en, allowed=allowed, **rules)  # type: ignore[arg-type]


def timestamp(name: str, zh: str, en: str, **rules: object) -> Column:
    return Column(name=name, type=Type.TIMESTAMP, zh=zh, en=en, **rules)  # type: ignore[arg-type]


def date(name: str, zh: str, en: str, **rules: object) -> Column:
    return Column(name=name, type=Type.DATE, zh=zh, en=en, **rules)  # type: ignore[arg-type]


def time(name: str, zh: str, en: str, **rules: object) -> Column:
    return Column(name=name, type=Type.TIME, zh=zh, en=en, **rules)  # type: ignore[arg-type]


def integer(name: str, zh: str, en: str, **rules: object) -> Column:
    return Column(name=name, type=Type.INTEGER, zh=zh, en=en, **rules)  # type: ignore[arg-type]


def count(name: str, zh: str, en: str, **rules: object) -> Column:
    return Column(name=name, type=Type.INTEGER, zh=zh, en=en, minimum=0, **rules)  # type: ignore[arg-type]


def decimal(name: str, zh: str, en: str, **rules: object) -> Column:
    return Column(name=name, type=Type.DECIMAL, zh=zh, en=en, **rules)  # type: ignore[arg-type]


def number(name: str, zh: str, en: str, **rules: object) -> Column:
    return Column(name=name, type=Type.FLOAT, zh=zh, en=en, **rules)  # type: ignore[arg-type]


def boolean(name: str, zh: str, en: str, **rules: object) -> Column:
    return Column(name=name, type=Type.BOOLEAN, zh=zh, en=en, **rules)  # type: ignore[arg-type]


PROVENANCE: tuple[Column, ...] = (
    text("source_system", "来源系统", "Source system", required=True),
    text("delivery_id", "交付批次号", "Delivery", required=True),
    text("source_file", "来源文件", "Source file", required=True),
    integer("source_row", "来源行号", "Row in the source file, the header being row 1", required=True),
    timestamp("extracted_at", "抽取时间", "Extracted at"),
    timestamp("updated_at", "更新时间", "Updated at"),
    boolean("is_deleted", "是否已删除", "Deleted at the source"),
    text("repairs", "修复标记", "Repairs made at the door, comma-separated"),
)
