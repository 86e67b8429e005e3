"""Taking in the files of a city's sources: land, map, check, commit; each file is one delivery of its source."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.city import City
from pipelines.city.models import Source
from pipelines.contracts import DELIVERED, Contract
from pipelines.errors import UsageError
from pipelines.files import sha256, write_parquet
from pipelines.ingest import lake as lake_files
from pipelines.ingest.cast import Reading, cast_text, clean
from pipelines.ingest.discover import files_of
from pipelines.ingest.flow import Origin, Tally, flow
from pipelines.ingest.headers import check_headers
from pipelines.ingest.landing import StillChanging, land, private_folder
from pipelines.ingest.ledger import Delivery, mapping_sha256, read_ledger, write_delivery
from pipelines.ingest.mapping import make_plan
from pipelines.ingest.personal import needs_key, reporter_key
from pipelines.ingest.read import Table, open_table
from pipelines.ingest.refusal import Refusal
from pipelines.ingest.rejects import refusal_rejects
from pipelines.settings import CityHome

Say = Callable[[str], None]
Check = Callable[[Contract, pl.DataFrame], Sequence[Any]]


def take_in(
    city: City, home: CityHome, input_dir: Path | None, *, say: Say, check: Check | None = None
) -> list[Delivery]:
    """Take in every new file of every source below ``input_dir`` and in the inbox; return the new deliveries.

    A file is known by its content: (source, sha256, mapping_sha256) already in the ledger is skipped. ``check``
    judges a sample of the accepted rows (default: the suites of ``expectations``).
    """
    done = _start(home)
    new: list[Delivery] = []
    for source in city.sources.values():
        new += _take(city, home, source, files_of(source, home, input_dir), done, say, check)
    return new


def land_files(
    city: City, home: CityHome, source: Source, files: Sequence[Path], *, say: Say, check: Check | None = None
) -> list[Delivery]:
    """The same for named ``files`` of one source. Raises UsageError for a file that is not there."""
    for path in files:
        if not path.is_file():
            raise UsageError(f"{path}: there is no such file", "check the path")
    return _take(city, home, source, list(files), _start(home), say, check)


def _start(home: CityHome) -> set[tuple[str, str, str]]:
    """Prepare the lake, sweep what a killed run left, and return the keys of what has been taken in."""
    lake_files.prepare(home.lake)
    ledger = read_ledger(home.lake)
    lake_files.sweep(
        home.lake,
        {(entry.contract, entry.delivery_id) for entry in ledger if entry.state == "accepted"},
        {entry.delivery_id for entry in ledger},
    )
    return {(entry.source, entry.sha256, entry.mapping_sha256) for entry in ledger}


def _take(
    city: City,
    home: CityHome,
    source: Source,
    files: Sequence[Path],
    done: set[tuple[str, str, str]],
    say: Say,
    check: Check | None,
) -> list[Delivery]:
    mapping = mapping_sha256(city, source)
    new: list[Delivery] = []
    for path in files:
        digest = sha256(path)
        if (source.source, digest, mapping) in done:
            continue
        try:
            delivery = _deliver(city, home, source, path, digest, mapping, check)
        except StillChanging:
            say(f"{source.source}: {path.name} is still being written; left for the next run")
            continue
        done.add((source.source, digest, mapping))
        new.append(delivery)
        say(_line(delivery))
    return new


def _deliver(
    city: City, home: CityHome, source: Source, path: Path, digest: str, mapping: str, check: Check | None
) -> Delivery:
    delivery_id = f"{source.source}-{digest[:16]}"
    landed = land(home, path, delivery_id)
    contract, lake = DELIVERED[source.contract], home.lake
    warnings: list[str] = []
    accepted = lake_files.accepted_file(lake, contract, delivery_id)
    rejected = lake_files.rejected_file(lake, delivery_id)
    temporary = accepted.with_name(f"{lake_files.TEMPORARY}{accepted.name}")
    temporary_rejects = rejected.with_name(f"{lake_files.TEMPORARY}{rejected.name}")
    extracted_at = _extracted_at(city, source, path.name, warnings)
    checks = pl.DataFrame(schema=lake_files.CHECK_SCHEMA)
    refusal: Refusal | None = None
    try:
        tally = _map(
            city,
            home,
            source,
            landed,
            Origin(delivery_id, path.name, extracted_at),
            temporary,
            temporary_rejects,
            warnings,
        )
        checks, failed = _checked(contract, delivery_id, tally, check, warnings)
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
            delivery_id=delivery_id,
            source=source.source,
            source_file=path.name,
            header_row=source.xlsx.header_row if landed.suffix.lower() == ".xlsx" else 1,
        )
        if refusal.reason == "failed-check":
            head = pl.concat([head, pl.read_parquet(temporary_rejects, glob=False)])
        head.write_parquet(temporary_rejects)
        temporary.unlink(missing_ok=True)
    delivery = Delivery(
        delivery_id=delivery_id,
        source=source.source,
        source_system=source.source_system,
        contract=contract.name,
        file=path.name,
        sha256=digest,
        bytes=landed.stat().st_size,
        mapping_sha256=mapping,
        rows=tally.accepted + tally.rejected,
        accepted=tally.accepted,
        repaired=tally.repaired,
        rejected=tally.rejected,
        out_of_scope=tally.out_of_scope,
        reasons=dict(tally.reasons),
        warnings=warnings,
        extracted_at=tally.extracted_at or extracted_at,
        received_at=datetime.now(ZoneInfo(city.settings.time_zone)).replace(tzinfo=None),
        state="accepted" if refusal is None else "refused",
        landing_file=f"{delivery_id}/{path.name}",
    )
    write_parquet(checks, lake_files.checks_file(lake, delivery_id))
    temporary_rejects.replace(rejected)
    if refusal is None:
        temporary.replace(accepted)
    else:
        accepted.unlink(missing_ok=True)
    write_delivery(lake, delivery)
    return delivery


def _map(
    city: City,
    home: CityHome,
    source: Source,
    landed: Path,
    origin: Origin,
    accepted: Path,
    rejected: Path,
    warnings: list[str],
) -> Tally:
    """Read, map and write one landed file. Raises Refusal where the file as a whole is not fit."""
    scratch_root = private_folder(home.landing, f"{lake_files.TEMPORARY}scratch")
    with tempfile.TemporaryDirectory(dir=scratch_root) as scratch:
        table = open_table(landed, source, Path(scratch))
        lacking = _headers(source, table)
        warnings += [f"the optional column {name!r} is not in the file" for name in lacking]
        plan = make_plan(city, source, table.headers, is_sheet=table.kind == "xlsx")
        mapped = {column.column.name for column in plan.columns}
        key = reporter_key(home) if needs_key(plan.contract, mapped) else b""
        tally = flow(table, plan, origin, key, accepted, rejected)
    if tally.seen == 0:
        warnings.append("the file has a header and no data rows")
    return tally


def _headers(source: Source, table: Table) -> list[str]:
    try:
        return check_headers(source, table.headers)
    except Refusal as refusal:
        raise Refusal(refusal.reason, refusal.detail, rows=table.count(), headers=refusal.headers) from None


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
    contract: Contract, delivery_id: str, tally: Tally, check: Check | None, warnings: list[str]
) -> tuple[pl.DataFrame, list[str]]:
    """The results of the checks on a sample of the accepted rows, and the names of the failed ones that refuse."""
    if tally.accepted == 0:
        return pl.DataFrame(schema=lake_files.CHECK_SCHEMA), []
    results = (check or _default_check())(contract, tally.sample.frame())
    failed = [result for result in results if not result.success]
    warnings += [f"check {r.check_name} could not be run: {r.error}" for r in failed if r.error]
    warnings += [f"check {r.check_name}: {r.observed}" for r in failed if r.severity == "warn" and not r.error]
    rows_of_checks = [
        {
            "delivery_id": delivery_id,
            "suite": r.suite,
            "check_name": r.check_name,
            "column_name": r.column_name,
            "severity": r.severity,
            "success": r.success,
            "observed": r.observed,
            "unexpected_count": r.unexpected_count,
            "failing_rows": json.dumps(r.failing_rows, ensure_ascii=False, default=str),
        }
        for r in results
    ]
    frame = pl.DataFrame(rows_of_checks, schema=lake_files.CHECK_SCHEMA)
    return frame, [r.check_name for r in failed if r.severity == "fail" and not r.error]


def _default_check() -> Check:
    from expectations import check_batch  # noqa: PLC0415 loads Great Expectations, 4 CPU seconds

    return check_batch


def _extracted_at(city: City, source: Source, name: str, warnings: list[str]) -> datetime | None:
    """When the source took the whole extract, as far as setting or file name say it; local time of the city."""
    setting = source.extracted_at
    if setting is None or setting.column is not None:
        return None
    if setting.value is not None:
        return setting.value
    found = re.search(setting.from_file_name or "", name)
    text = found.group(1) if found and found.groups() else None
    zones = (source.time_zone or city.settings.time_zone, city.settings.time_zone)
    reading = Reading.of(DELIVERED[source.contract].column("extracted_at").type, setting.formats, zones, is_sheet=False)
    frame = pl.DataFrame({"t": [text]}, schema={"t": pl.String})
    value: datetime | None = frame.select(cast_text(clean(pl.col("t")), reading, careful=True)).item()
    if value is None:
        warnings.append(f"no time of extraction can be read from the file name {name!r}")
    return value


def _line(delivery: Delivery) -> str:
    reasons = ", ".join(f"{name} {count}" for name, count in sorted(delivery.reasons.items()))
    told = f"{delivery.source}: {delivery.file}: {delivery.rows:,} rows, {delivery.accepted:,} accepted"
    told += f", {delivery.rejected:,} rejected ({reasons})" if delivery.reasons else ""
    told += f", {delivery.out_of_scope:,} out of scope" if delivery.out_of_scope else ""
    return f"{told}; refused: {delivery.warnings[-1]}" if delivery.state == "refused" else told
