"""One landed file: map, check, commit. What is in the ledger afterwards came in, whole or refused."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.city import City
from pipelines.city.models import Source
from pipelines.contracts import DELIVERED, Contract
from pipelines.files import write_parquet
from pipelines.ingest import lake as lake_files
from pipelines.ingest.extraction import told_extraction
from pipelines.ingest.flow import Origin, Tally, flow
from pipelines.ingest.headers import check_headers, header_groups, reordered
from pipelines.ingest.joins import Partners, make_joins
from pipelines.ingest.landing import private_folder
from pipelines.ingest.layouts import for_file
from pipelines.ingest.ledger import BEING_READ, Delivery, write_delivery
from pipelines.ingest.mapping import make_plan
from pipelines.ingest.masks import mask_text
from pipelines.ingest.read import open_table
from pipelines.ingest.refusal import Refusal
from pipelines.ingest.rejects import refusal_rejects
from pipelines.ingest.reporter_key import key_id, reporter_key
from pipelines.ingest.table import Table
from pipelines.ingest.xlsx_table import XlsxTable
from pipelines.settings import CityHome

Check = Callable[[Contract, pl.DataFrame], Sequence[Any]]


@dataclass(frozen=True)
class Landed:
    """One file of one source that lies in landing, with the second files that belong to it.

    ``name`` is what the file is called in the ledger and beside its rows; ``digest`` is the hash of the whole delivery,
    ``mapping`` that of the settings it is read under. ``headers`` are those of earlier deliveries, the latest last.
    """

    source: Source
    name: str
    path: Path
    partners: Partners
    digest: str
    mapping: str
    headers: Sequence[tuple[str, Sequence[str]]] = ()
    landing_file: str = ""  # relative to the landing folder
    also: Sequence[str] = ()  # other names under which the same bytes came

    @property
    def delivery_id(self) -> str:
        return delivery_id(self.source, self.digest)


def delivery_id(source: Source, digest: str) -> str:
    """The name of a delivery: its source and its content, so that the same file is the same delivery for ever."""
    return f"{source.source}-{digest[:16]}"


def deliver(
    city: City, home: CityHome, landed: Landed, check: Check | None, before: Delivery | None = None
) -> Delivery:
    """Read ``landed`` and commit what came of it to the lake: accepted and rejected rows, checks, ledger entry.

    ``before`` is its ledger entry where it is read again; it keeps the moment at which it was first received.
    """
    source, name, delivered, key = landed.source, landed.name, landed.delivery_id, reporter_key(home)
    contract, lake = DELIVERED[source.contract], home.lake
    warnings: list[str] = []
    accepted = lake_files.accepted_file(lake, contract, delivered)
    rejected = lake_files.rejected_file(lake, delivered)
    temporary = accepted.with_name(f"{lake_files.TEMPORARY}{accepted.name}")
    temporary_rejects = rejected.with_name(f"{lake_files.TEMPORARY}{rejected.name}")
    extracted_at = told_extraction(city, source, name)
    if extracted_at is None and source.extracted_at is not None and source.extracted_at.from_file_name is not None:
        warnings.append(f"no time of extraction can be read from the file name {name!r}")
    checks = pl.DataFrame(schema=lake_files.CHECK_SCHEMA)
    refusal: Refusal | None = None
    try:
        origin = Origin(delivered, name, extracted_at, key)
        tally = _map(city, home, landed, origin, temporary, temporary_rejects, warnings)
        tally.headers = tuple(mask_text(header) for header in tally.headers)  # a row of data may stand there
        told = reordered(tally.headers, landed.headers)
        warnings += [told] if told else []
        checks, failed = _checked(contract, delivered, tally, check or _default_check(city), warnings)
        if failed:
            refusal = Refusal("failed-check", f"failed: {', '.join(failed)}")
            tally = _nothing_accepted(tally)
    except Refusal as error:
        refusal = error
        rows = error.rows or 0
        tally = Tally(rejected=rows)
        tally.reasons[error.reason] = rows
    if refusal is not None:
        warnings.append(f"{refusal.reason}: {refusal.detail}")
        head = refusal_rejects(
            refusal,
            contract,
            delivery_id=delivered,
            source=source.source,
            source_file=name,
            header_row=refusal.header_row,
        )
        if refusal.reason == "failed-check":
            head = pl.concat([head, pl.read_parquet(temporary_rejects, glob=False)])
        head.write_parquet(temporary_rejects)
        temporary.unlink(missing_ok=True)
    delivery = Delivery(
        delivery_id=delivered,
        source=source.source,
        source_system=source.source_system,
        contract=contract.name,
        file=name,
        sha256=landed.digest,
        bytes=landed.path.stat().st_size,
        mapping_sha256=landed.mapping,
        key_id=key_id(key),
        rows=tally.accepted + tally.rejected,
        accepted=tally.accepted,
        repaired=tally.repaired,
        rejected=tally.rejected,
        out_of_scope=tally.out_of_scope,
        reasons=dict(tally.reasons),
        warnings=[mask_text(warning) for warning in warnings],
        extracted_at=tally.extracted_at or extracted_at,
        received_at=before.received_at
        if before is not None
        else datetime.now(ZoneInfo(city.settings.time_zone)).replace(tzinfo=None),
        state="accepted" if refusal is None else "refused",
        landing_file=landed.landing_file or f"{delivered}/{name}",
        headers=list(tally.headers) if refusal is None else [],
        also=sorted(landed.also),
    )
    if before is not None:
        write_delivery(lake, replace(before, mapping_sha256=BEING_READ, landing_file=delivery.landing_file))
    write_parquet(checks, lake_files.checks_file(lake, delivered))
    temporary_rejects.replace(rejected)
    lake_files.stopped_file(lake, contract, delivered).unlink(missing_ok=True)
    if refusal is None:
        temporary.replace(accepted)
    else:
        accepted.unlink(missing_ok=True)
    write_delivery(lake, delivery)
    return delivery


def _map(
    city: City,
    home: CityHome,
    landed: Landed,
    origin: Origin,
    accepted: Path,
    rejected: Path,
    warnings: list[str],
) -> Tally:
    """Read, map and write one landed file. Raises Refusal where the file as a whole is not fit."""
    scratch_root = private_folder(home.landing, f"{lake_files.TEMPORARY}scratch")
    with tempfile.TemporaryDirectory(dir=scratch_root) as scratch:
        source = _for_file(landed.source, origin.source_file, landed.path, Path(scratch))
        table = open_table(landed.path, source, Path(scratch))
        with _counted(table):
            lacking = check_headers(source, table.headers)
            joins = make_joins(
                source, table.headers, landed.partners, lambda path: _open_second(path, source, Path(scratch))
            )
        warnings += [f"the optional column {name!r} is not in the file" for name in lacking]
        warnings += _hollow(table, source)
        plan = make_plan(city, source, table.headers, is_sheet=table.kind == "xlsx", joins=joins)
        tally = flow(table, plan, origin, origin.secret, accepted, rejected)
        tally.headers = table.headers
    if tally.seen == 0:
        warnings.append("the file has a header and no data rows")
    return tally


def _hollow(table: Table, source: Source) -> list[str]:
    """A warning for each column in use whose merged cells leave rows blank."""
    used = {name for groups in header_groups(source) for group in groups for name in group}
    merged = table.merged if isinstance(table, XlsxTable) else ()
    return [
        f"the column {name!r} has cells merged over several rows: all but the first of them read as blank, unless "
        "xlsx.fill_down names the column"
        for name in merged
        if name in used
    ]


def _open_second(path: Path, source: Source, scratch: Path) -> Table:
    """A joined file, opened; what it needs of disk is kept apart from the first file's."""
    own = scratch / f"second-{path.name}"
    own.mkdir()
    return open_table(path, source, own)


def _for_file(source: Source, name: str, landed: Path, scratch: Path) -> Source:
    """The source with the layout of the file's day; a file without a day is counted as the source itself reads it."""
    try:
        return for_file(source, name)
    except Refusal:
        with _counted(open_table(landed, source, scratch)):
            raise


@contextmanager
def _counted(table: Table) -> Iterator[None]:
    """A refusal of what is done inside refuses all the rows of ``table``."""
    try:
        yield
    except Refusal as refusal:
        raise Refusal(
            refusal.reason,
            refusal.detail,
            rows=table.count(),
            headers=refusal.headers,
            header_row=table.header_row,
        ) from None


def _nothing_accepted(tally: Tally) -> Tally:
    """All rows in scope are rejected: those with faults of their own for these, the others for the failed check."""
    refused = Tally(
        seen=tally.seen,
        rejected=tally.accepted + tally.rejected,
        out_of_scope=tally.out_of_scope,
        extracted_at=tally.extracted_at,
    )
    refused.reasons.update(tally.reasons)
    refused.reasons["failed-check"] += tally.accepted
    return refused


def _checked(
    contract: Contract, delivery_id: str, tally: Tally, check: Check, warnings: list[str]
) -> tuple[pl.DataFrame, list[str]]:
    """The results of the checks on a sample of the accepted rows, and the names of the failed ones that refuse."""
    if tally.accepted == 0:
        return pl.DataFrame(schema=lake_files.CHECK_SCHEMA), []
    sample = tally.sample.frame()
    # A record that the source lists as deleted may be blank but for its key: there is nothing in it to judge.
    present = sample.filter(~pl.col("is_deleted").fill_null(value=False))
    if present.is_empty():
        return pl.DataFrame(schema=lake_files.CHECK_SCHEMA), []
    results = check(contract, present)
    failed = [result for result in results if not result.success]
    warnings += [f"check {r.check_name} could not be run: {r.error}" for r in failed if r.error]
    warnings += [f"check {r.check_name}: {r.observed}" for r in failed if r.severity == "warn" and not r.error]
    rows_of_checks = [
        {
            "delivery_id": delivery_id,
            "suite": r.suite,
            "check_name": r.check_name,
            "column_name": r.column_name,
            "severity": "fail" if r.error else r.severity,
            "success": r.success,
            "observed": f"could not be run: {r.error}" if r.error else r.observed,
            "unexpected_count": r.unexpected_count,
            "failing_rows": json.dumps(r.failing_rows, ensure_ascii=False, default=str),
        }
        for r in results
    ]
    frame = pl.DataFrame(rows_of_checks, schema=lake_files.CHECK_SCHEMA)
    return frame, [r.check_name for r in failed if r.severity == "fail" and not r.error]


def _default_check(city: City) -> Check:
    from expectations import check_batch  # noqa: PLC0415 loads Great Expectations, 4 CPU seconds

    return partial(check_batch, city=city.folder)


def in_words(delivery: Delivery) -> str:
    """What became of a delivery, in one line."""
    reasons = ", ".join(f"{name} {count}" for name, count in sorted(delivery.reasons.items()))
    told = f"{delivery.source}: {delivery.file}: {delivery.rows:,} rows, {delivery.accepted:,} accepted"
    told += f", {delivery.rejected:,} rejected ({reasons})" if delivery.reasons else ""
    told += f", {delivery.out_of_scope:,} out of scope" if delivery.out_of_scope else ""
    return f"{told}; refused: {delivery.warnings[-1]}" if delivery.state == "refused" else told
