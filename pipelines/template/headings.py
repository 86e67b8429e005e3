"""The headings of a template: each with what may stand below it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from pipelines.city import City
from pipelines.city.mapping import ColumnMap
from pipelines.city.models import Source
from pipelines.city.times import EPOCH_SECONDS, EXCEL_SERIAL, ISO_8601, WORDS, directives
from pipelines.contracts import DELIVERED, Column, Contract, Personal, Type
from pipelines.contracts.words import YES_NO, example_of
from pipelines.errors import UsageError
from pipelines.ingest.headers import header_groups

# Beside its own columns, what a deliverer knows of a record's provenance: the rest is told by the door.
KNOWN_PROVENANCE = ("updated_at", "is_deleted")
NO_TABLES = ("json", "jsonl", "parquet")
EXAMPLE_MOMENT = datetime(2026, 10, 1, 8, 30)


@dataclass(frozen=True, kw_only=True)
class Heading:
    """One column of the sheet to be filled in.

    ``column`` is the contract's column that it fills, None where it only chooses rows; ``choices`` are the values that
    are accepted, empty where any of the right type is, ``names_of_choices`` what each of them is called. ``kind`` is
    what the cells hold: text where the source reads a notation of its own.
    """

    name: str
    column: Column | None
    is_required: bool
    kind: Type = Type.TEXT
    choices: tuple[str, ...] = ()
    names_of_choices: tuple[str, ...] = ()
    example: str = ""
    notes: tuple[tuple[str, str], ...] = ()  # Chinese and English


def of_contract(contract: Contract, city: City) -> list[Heading]:
    """A heading per column of ``contract``, in Chinese, and those of its provenance that a deliverer may know."""
    columns = (*contract.columns, *(contract.column(name) for name in KNOWN_PROVENANCE))
    return [_of_column(column, column.zh, city, is_required=column.required, notes=()) for column in columns]


def of_source(source: Source, city: City) -> list[Heading]:
    """The headings that files of ``source`` have today, in the order of its mapping; one with several names under the
    first of them. Raises UsageError for a source that is not read from a table.
    """
    if source.format in NO_TABLES or all(glob.rpartition(".")[2] in NO_TABLES for glob in source.files):
        raise UsageError(f"{source.source} is not read from a table that somebody fills in", "use --contract")
    for layout in source.layouts:
        if layout.valid_to is None:
            source = source.with_layout(layout)  # their days do not overlap, so at most one holds from now on
    needed, optional = header_groups(source)
    contract = DELIVERED[source.contract]
    return [
        _of_group(source, contract, group, city, may_lack=group in optional)
        for group in dict.fromkeys((*needed, *optional))
    ]


def _of_group(source: Source, contract: Contract, group: tuple[str, ...], city: City, *, may_lack: bool) -> Heading:
    notes: list[tuple[str, str]] = []
    if may_lack:
        notes.append(("整列可缺", "the column may be missing"))
    filters = [test for test in source.only_rows if group == tuple(name.strip() for name in test.column)]
    if filters:
        notes.append(("用于筛选行", "decides which rows count"))
    users = [
        (contract.column(name), spec)
        for name, spec in source.columns.items()
        if any(group == tuple(header.strip() for header in told) for told in spec.groups)
    ]
    whole = [
        (column, spec)
        for column, spec in users
        if group == tuple(header.strip() for header in spec.column) and not spec.extract
    ]
    for column, spec in users:
        if (column, spec) not in whole:
            notes.append((f"参与生成“{column.zh}”", f"part of {column.name}"))
    if not whole:
        told = [value for test in filters for value in (test.one_of or (test.equals,)) if value is not None]
        example = told[0] if told else ""
        return Heading(name=group[0], column=None, is_required=False, example=example, notes=tuple(notes))
    whole.sort(key=lambda user: user[1].map is None and not user[1].formats)  # what asks for a notation says more
    column, spec = whole[0]
    notes += [(f"同时用于“{other.zh}”", f"also fills {other.name}") for other, _ in whole[1:]]
    is_required = column.required and not spec.repairs and spec.otherwise != "blank"
    plain = _of_column(column, group[0], city, is_required=is_required, notes=tuple(notes))
    return _as_mapped(plain, spec)


def _of_column(
    column: Column, name: str, city: City, *, is_required: bool, notes: tuple[tuple[str, str], ...]
) -> Heading:
    choices: tuple[str, ...] = column.allowed
    labels: tuple[str, ...] = ()
    if column.type is Type.BOOLEAN:
        choices = YES_NO
    elif column.refers_to is not None:
        choices, labels = _codes(column.refers_to, city)
    if column.personal is Personal.KEYED_HASH:
        notes = (*notes, ("入库时替换为摘要", "kept as a hash only"))
    elif column.personal is Personal.MASKED_TEXT:
        notes = (*notes, ("其中的电话、证件号等入库时遮蔽", "telephone and identity numbers in it are masked"))
    example = choices[len(choices) // 2] if labels else choices[0] if choices else example_of(column)
    return Heading(
        name=name,
        column=column,
        is_required=is_required,
        kind=column.type,
        choices=choices,
        names_of_choices=labels,
        example=example,
        notes=notes,
    )


def _codes(reference: str, city: City) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The codes of a reference table with their names; none where the city keeps no such table."""
    frame = city.reference[reference]
    code = frame.columns[0]
    rows = frame.select(code, "name_zh").unique(code, keep="first", maintain_order=True)
    return tuple(rows[code]), tuple(name or "" for name in rows["name_zh"])


def _as_mapped(plain: Heading, spec: ColumnMap) -> Heading:
    """``plain`` with the texts and ways of writing that the source's mapping reads instead of the contract's own."""
    changes: dict[str, Any] = {}
    notes = list(plain.notes)
    if spec.map is not None:
        changes["kind"] = Type.TEXT
        texts = tuple(spec.map)
        labels = tuple("" if value is None else str(value) for value in spec.map.values())
        if spec.otherwise == "reject":
            changes |= {"choices": texts, "names_of_choices": labels}
        else:
            changes |= {"choices": (), "names_of_choices": ()}
            notes.append((f"常用值：{'、'.join(texts[:6])}", "some of its values"))
        changes["example"] = texts[0]
    if spec.formats:
        notes.append((f"写法：{'；'.join(map(_written, spec.formats))}", "any of these ways of writing"))
        changes |= {"kind": Type.TEXT, "example": _written(spec.formats[0])}
    if spec.blank_if:
        notes.append((f"视为空白：{'、'.join(spec.blank_if)}", "read as blank"))
    if spec.repairs:
        notes.append(("空白或无法识别时按约定补齐", "filled by a repair where it is blank or unreadable"))
    return replace(plain, notes=tuple(notes), **changes)


def _written(form: str) -> str:
    """The example moment as the format writes it."""
    if form == ISO_8601:
        return EXAMPLE_MOMENT.isoformat()
    if form == EXCEL_SERIAL:
        return f"{(EXAMPLE_MOMENT - datetime(1899, 12, 30)) / timedelta(days=1):.6f}"
    if form in WORDS:
        seconds = (EXAMPLE_MOMENT - datetime(1970, 1, 1)) // timedelta(seconds=1)
        return str(seconds if form == EPOCH_SECONDS else 1000 * seconds)
    text: str = pl.Series([EXAMPLE_MOMENT.replace(tzinfo=UTC)]).dt.strftime(directives(form).replace("%#z", "%z"))[0]
    return text
