"""Second files of a delivery, whose columns are put to the rows of the first."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import polars as pl

from pipelines.city.mapping import Join
from pipelines.city.models import Source
from pipelines.city.patterns import is_file_of
from pipelines.ingest.cast import clean
from pipelines.ingest.csv_table import CsvTable
from pipelines.ingest.discover import SETTLE_SECONDS, is_finished
from pipelines.ingest.layouts import date_text
from pipelines.ingest.refusal import HeaderFault, Refusal
from pipelines.ingest.rejects import FAULT_SCHEMA
from pipelines.ingest.shape import adds_up
from pipelines.ingest.table import FAULT, ROW, TOLD, Ragged, Table

FOUND = "__found_{}"
SHOWN = 5


@dataclass(frozen=True)
class JoinPlan:
    """A second file, read: ``frame`` holds its keys (k0, k1 …: clean text, no two rows alike) and the columns it gives,
    named like positions after those of the first file (c12 …), whose ``headers`` they are to have. ``on`` names the
    first file's columns that hold the keys, ``label`` their header.
    """

    frame: pl.DataFrame
    on: tuple[str, ...]
    headers: tuple[str, ...]
    number: int
    label: str
    must_be_found: bool


@dataclass(frozen=True)
class Partners:
    """The second files of one file, in the order of the source's joins; ``missing`` says which were not found."""

    paths: tuple[Path, ...] = ()
    missing: tuple[str, ...] = field(default=())

    def are_quiet(self) -> bool:
        """False if one of them changed so recently that it may still be growing."""
        return all(time.time() - path.stat().st_mtime >= SETTLE_SECONDS for path in self.paths)

    def digest(self, own: str, hash_file: Callable[[Path], str]) -> str:
        """The hash of the whole delivery: ``own``, that of the first file, where there is no second one."""
        if not self.paths:
            return own
        return sha256("\n".join([own, *(hash_file(path) for path in self.paths)]).encode()).hexdigest()


def siblings(path: Path) -> dict[str, Path]:
    """The files beside ``path`` that are whole by their names, by name."""
    return {other.name: other for other in sorted(path.parent.iterdir()) if other != path and is_finished(other)}


def find_partners(source: Source, name: str, others: Mapping[str, Path]) -> Partners:
    """The second files of the file ``name`` among ``others`` (name → path: of the same folder or archive).

    In a join's ``file``, ``{stem}`` stands for the name of the first file without its endings and ``{date}`` for what
    ``dated_by`` takes out of it. None or several files that fit one join are named in ``missing``.
    """
    paths: list[Path] = []
    missing: list[str] = []
    for join in source.joins:
        glob = _glob(source, join, name)
        fitting = [other for other in sorted(others) if is_file_of(Path(other).name, glob) and other != name]
        if len(fitting) == 1:
            paths.append(others[fitting[0]])
        elif fitting:
            missing.append(f"several files fit {glob!r}: {', '.join(fitting[:SHOWN])}")
        else:
            missing.append(f"no file beside it fits {glob!r}")
    return Partners(tuple(paths) if not missing else (), tuple(missing))


def is_second(source: Source, name: str) -> bool:
    """True if a file of that name comes in with another one and is no delivery of its own."""
    return any(is_file_of(name, join.file.replace("{stem}", "*").replace("{date}", "*")) for join in source.joins)


def _glob(source: Source, join: Join, name: str) -> str:
    stem = Path(name).name.split(".", maxsplit=1)[0]
    return join.file.replace("{stem}", stem).replace("{date}", date_text(source, name) or "{date}")


def make_joins(
    source: Source,
    headers: tuple[str, ...],
    partners: Partners,
    open_file: Callable[[Path], Table],
) -> tuple[JoinPlan, ...]:
    """The source's joins for a first file with ``headers`` (already checked), its second files read into memory.

    Raises Refusal where a second file is missing or cannot be read, lacks a header, or has one key with two meanings.
    """
    if partners.missing:
        raise Refusal("missing-file", "; ".join(partners.missing))
    plans: list[JoinPlan] = []
    position = {name: f"c{index}" for index, name in reversed(list(enumerate(headers)))}
    first = len(headers)
    for number, (join, path) in enumerate(zip(source.joins, partners.paths, strict=True)):
        given = tuple(name.strip() for name in join.columns)
        plans.append(
            JoinPlan(
                frame=_read(join, open_file(path), path.name, first),
                on=tuple(position[name.strip()] for name in join.on),
                headers=given,
                number=number,
                label="/".join(name.strip() for name in join.on),
                must_be_found=join.otherwise == "reject",
            )
        )
        first += len(given)
    return tuple(plans)


def _read(join: Join, table: Table, name: str, first: int) -> pl.DataFrame:
    place = {header: index for index, header in reversed(list(enumerate(table.headers)))}
    lacking = [header for header in (*join.on.values(), *join.columns.values()) if header.strip() not in place]
    if lacking:
        faults = tuple(HeaderFault("missing-label", header) for header in dict.fromkeys(lacking))
        raise Refusal("missing-label", f"{name} has no column {', '.join(map(repr, lacking))}", headers=faults)
    keys = [place[header.strip()] for header in join.on.values()]
    given = [place[header.strip()] for header in join.columns.values()]
    parts = _whole(table, sorted({*keys, *given}), name)
    raw = pl.concat(parts) if parts else pl.DataFrame(schema={f"c{i}": pl.String for i in {*keys, *given}})
    frame = raw.select(
        *(clean(pl.col(f"c{index}")).alias(f"k{at}") for at, index in enumerate(keys)),
        *(pl.col(f"c{index}").alias(f"c{first + at}") for at, index in enumerate(given)),
    ).unique(maintain_order=True)
    names = [f"k{at}" for at in range(len(keys))]
    frame = frame.filter(pl.all_horizontal(pl.col(names).is_not_null()))
    doubled = frame.filter(pl.struct(names).is_duplicated()).select(names).unique()
    if doubled.height:
        what = ", ".join(repr(header) for header in join.on.values())
        raise Refusal("unique-error", f"{name}: {doubled.height:,} values of {what} stand there more than once")
    return frame


def _whole(table: Table, wanted: Sequence[int], name: str) -> list[pl.DataFrame]:
    """The batches of the second file ``name``. Raises Refusal where a record of it cannot be taken apart: rows of the
    first file would lose their partner for it.
    """
    try:
        parts = list(table.batches(wanted))
        if isinstance(table, CsvTable) and not adds_up(table, sum(part.height for part in parts)):
            raise Ragged(name)
    except Ragged:
        parts = list(table.batches(wanted, tolerant=True))
    for part in parts:
        bad = part.filter(pl.col(FAULT).is_not_null()) if FAULT in part.columns else part.clear()
        if bad.height:
            number, reason, told = bad.select(ROW, FAULT, TOLD).row(0)
            raise Refusal(reason, f"{name}, row {number}: {told}")
    return [part.select(f"c{i}" for i in wanted) for part in parts]


def put_together(raw: pl.DataFrame, plans: tuple[JoinPlan, ...]) -> pl.DataFrame:
    """``raw`` with the columns of the second files beside it, rows and their order as they were."""
    for plan in plans:
        keys = [f"k{at}" for at in range(len(plan.on))]
        raw = (
            raw.with_columns(clean(pl.col(column)).alias(key) for column, key in zip(plan.on, keys, strict=True))
            .join(
                plan.frame.with_columns(pl.lit(value=True).alias(FOUND.format(plan.number))),
                on=keys,
                how="left",
                maintain_order="left",
            )
            .drop(keys)
        )
    return raw


def unmatched(raw: pl.DataFrame, plans: tuple[JoinPlan, ...]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that found all the partners they must find, and a fault (FAULT_SCHEMA) for each partner that is missing."""
    faults = []
    for plan in plans:
        if plan.must_be_found:
            lost = raw.filter(pl.col(FOUND.format(plan.number)).is_null())
            faults.append(
                lost.select(
                    pl.col(ROW).cast(pl.Int64).alias("source_row"),
                    pl.lit("foreign-key-error").alias("reason"),
                    pl.lit(plan.label).alias("column_name"),
                    pl.concat_str([pl.col(column).fill_null("") for column in plan.on], separator="/").alias("value"),
                )
            )
    told = pl.concat(faults) if faults else pl.DataFrame(schema=FAULT_SCHEMA)
    return raw.filter(~pl.col(ROW).is_in(told["source_row"].implode())) if told.height else raw, told
