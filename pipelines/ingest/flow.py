"""One table of text through the mapping into one accepted file and its faults: one pass, bounded memory."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
from polars.io.plugins import register_io_source

from pipelines.contracts.schemas import lake_schema
from pipelines.ingest.ahead import ahead
from pipelines.ingest.coordinates import to_wgs84
from pipelines.ingest.csv_table import CsvTable
from pipelines.ingest.identities import Identities
from pipelines.ingest.joins import put_together, unmatched
from pipelines.ingest.judge import in_scope, judge
from pipelines.ingest.keys import Keys
from pipelines.ingest.mapping import Plan
from pipelines.ingest.personal import protect
from pipelines.ingest.rejects import REJECT_SCHEMA, as_rejects
from pipelines.ingest.row_keys import row_keys
from pipelines.ingest.sample import Sample
from pipelines.ingest.shape import adds_up
from pipelines.ingest.table import BATCH_ROWS, FAULT, ROW, TOLD, Ragged, Table
from pipelines.ingest.unfit import holding_nul, untaken


@dataclass
class Tally:
    """What became of the rows of one file. ``seen`` counts data rows that are not blank."""

    seen: int = 0
    accepted: int = 0
    repaired: int = 0
    rejected: int = 0
    out_of_scope: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    extracted_at: datetime | None = None
    is_doubtful: bool = False  # some record may be short: its last cell is blank
    is_blank_seen: bool = False  # some record may be wholly blank: all the cells that were read are
    sample: Sample = field(default_factory=Sample)  # of the accepted rows
    keys: Keys = field(default_factory=Keys)
    headers: tuple[str, ...] = ()
    masking_seconds: float = 0.0


@dataclass(frozen=True)
class Origin:
    """Where the rows of one delivery come from; written beside each of them."""

    delivery_id: str
    source_file: str
    extracted_at: datetime | None  # for the whole delivery; None where a column says it or nobody does
    secret: bytes = b""  # for the hashes of rejected rows' keys


class _RejectWriter:
    """Appends rejected rows to a Parquet file that is made at the first of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: pq.ParquetWriter | None = None
        path.unlink(missing_ok=True)

    def add(self, rejects: pl.DataFrame) -> None:
        table = rejects.to_arrow(compat_level=pl.CompatLevel.oldest())
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is None:
            pl.DataFrame(schema=REJECT_SCHEMA).write_parquet(self.path)
        else:
            self._writer.close()


def flow(table: Table, plan: Plan, origin: Origin, key: bytes, accepted: Path, rejected: Path) -> Tally:
    """Write the accepted rows of ``table`` to ``accepted`` (schema of the lake, file order) and a row per fault to
    ``rejected``. Records that cannot be taken apart are found and rejected alone; a file without such records is read
    once.

    Raises Refusal where the file cannot be read to its end.
    """
    try:
        tally = _pass(table, plan, origin, key, accepted, rejected, exactly=False)
        if (
            not isinstance(table, CsvTable)
            or not tally.is_doubtful
            or (not tally.is_blank_seen and adds_up(table, tally.seen))
        ):
            return tally
    except Ragged:
        pass
    return _pass(table, plan, origin, key, accepted, rejected, exactly=True)


def _pass(
    table: Table, plan: Plan, origin: Origin, key: bytes, accepted: Path, rejected: Path, *, exactly: bool
) -> Tally:
    tally = Tally(sample=Sample(expected=table.lines if isinstance(table, CsvTable) else 0))
    rejects = _RejectWriter(rejected)
    identities = Identities(key)
    failures: list[Exception] = []

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch: int | None
    ) -> Iterator[pl.DataFrame]:
        del predicate, n_rows, batch  # nothing is pushed down: the plan below is a bare sink
        batches = table.batches(plan.wanted, tolerant=exactly)
        judged = ahead(_judged(raw, plan, origin, table, tally, rejects) for raw in batches)
        try:
            for frame in ahead(_finish(good, plan, origin, identities, tally) for good in judged):
                yield frame if columns is None else frame.select(columns)
        except Exception as error:
            failures.append(error)  # Polars would wrap it in an error of its own
            raise

    try:
        # level 1: a tenth less CPU at the door than the default, for files a few per cent larger
        register_io_source(source, schema=lake_schema(plan.contract)).sink_parquet(
            accepted, compression="zstd", compression_level=1, row_group_size=_group_rows(table)
        )
    except Exception as error:
        raise (failures[0] if failures else error) from None
    finally:
        rejects.close()
    return tally


def _group_rows(table: Table) -> int | None:
    """Rows that are kept in memory until they are written; None, the usual number, unless rows are long."""
    return table.batch_rows if isinstance(table, CsvTable) and table.batch_rows < BATCH_ROWS else None


def _judged(
    raw: pl.DataFrame, plan: Plan, origin: Origin, table: Table, tally: Tally, rejects: _RejectWriter
) -> pl.DataFrame:
    """The rows of one batch that are accepted; the others are written to ``rejects`` and all are counted."""
    faults: list[pl.DataFrame] = []
    tally.seen += raw.height
    if FAULT in raw.columns:
        faults.append(untaken(raw))
        raw = raw.filter(pl.col(FAULT).is_null()).drop(FAULT, TOLD)
    else:
        open_ended = raw.filter(_is_blank(pl.col(f"c{plan.width - 1}")))
        tally.is_doubtful |= open_ended.height > 0
        tally.is_blank_seen |= open_ended.select(pl.all_horizontal(_is_blank(pl.exclude(ROW))).any()).item()
    raw = put_together(raw, plan.joins)
    scope = in_scope(plan)
    if scope is not None:
        inside = raw.filter(scope)
        tally.out_of_scope += raw.height - inside.height
        raw = inside
    whole = tally.keys.add(raw, plan.keys)
    raw, lost = unmatched(whole, plan.joins)
    faults.append(lost)
    if table.may_hold_nul:
        raw, holed = holding_nul(raw, plan)
        faults.append(holed)
    judged = judge(raw, plan)
    faults.append(judged.faults)
    _count_faults(pl.concat(faults), whole, plan, origin, tally, rejects)
    tally.accepted += judged.good.height
    tally.repaired += judged.good.height - judged.good["repairs"].null_count()
    return judged.good


def _is_blank(cell: pl.Expr) -> pl.Expr:
    return cell.is_null() | (cell.str.strip_chars() == "")


def _count_faults(
    faults: pl.DataFrame, whole: pl.DataFrame, plan: Plan, origin: Origin, tally: Tally, rejects: _RejectWriter
) -> None:
    if faults.is_empty():
        return
    first = faults.unique("source_row", keep="first", maintain_order=True)
    tally.rejected += first.height
    tally.reasons.update(dict(first["reason"].value_counts().iter_rows()))
    faulty = whole.filter(pl.col(ROW).is_in(first["source_row"].implode()))
    rejects.add(
        as_rejects(
            faults.sort("source_row", maintain_order=True),
            plan.contract,
            delivery_id=origin.delivery_id,
            source=plan.source.source,
            source_file=origin.source_file,
            keys=row_keys(faulty, plan, origin.secret),
        )
    )


def _finish(good: pl.DataFrame, plan: Plan, origin: Origin, identities: Identities, tally: Tally) -> pl.DataFrame:
    """Personal data protected, constants and provenance added, columns in the lake's order."""
    schema = lake_schema(plan.contract)
    told: dict[str, object] = {
        "source_system": plan.source.source_system,
        "delivery_id": origin.delivery_id,
        "source_file": origin.source_file,
        "extracted_at": origin.extracted_at,
        **{name: value[0] for name, value in plan.constants.items()},
    }
    frame = good.select(
        pl.col(name) if name in good.columns else pl.lit(told.get(name), kind).alias(name)
        for name, kind in schema.items()
    ).cast(dict(schema))  # type: ignore[arg-type]
    frame = to_wgs84(frame, plan.source.coordinates)
    if "extracted_at" in good.columns:
        latest = frame["extracted_at"].max()
        if isinstance(latest, datetime) and (tally.extracted_at is None or latest > tally.extracted_at):
            tally.extracted_at = latest
    started = time.perf_counter()
    frame = protect(frame, plan.contract, identities)
    tally.masking_seconds += time.perf_counter() - started
    tally.sample.add(frame)
    return frame
