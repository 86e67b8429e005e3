"""The folders of the lake: where files are, empty files with the full schema, and what a killed run left behind."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.contracts import DELIVERED, Contract
from pipelines.contracts.schemas import lake_schema
from pipelines.files import write_parquet
from pipelines.ingest.rejects import REJECT_SCHEMA

EMPTY = "00000000-empty"
TEMPORARY = ".tmp-"

TEXT, COUNT, TIME = pl.String(), pl.Int64(), pl.Datetime("us")

DELIVERY_SCHEMA = pl.Schema(
    {
        "delivery_id": TEXT,
        "source": TEXT,
        "source_system": TEXT,
        "contract": TEXT,
        "file": TEXT,
        "sha256": TEXT,
        "bytes": COUNT,
        "mapping_sha256": TEXT,
        "key_id": TEXT,
        "rows": COUNT,
        "accepted": COUNT,
        "repaired": COUNT,
        "rejected": COUNT,
        "out_of_scope": COUNT,
        "reasons": TEXT,
        "warnings": TEXT,
        "extracted_at": TIME,
        "received_at": TIME,
        "state": TEXT,
        "landing_file": TEXT,
        "headers": TEXT,
        "also": TEXT,
        "alerts": TEXT,
        "decision": TEXT,
        "decided_by": TEXT,
        "decision_reason": TEXT,
        "decided_at": TIME,
    }
)
DECISION_SCHEMA = pl.Schema(
    {
        "delivery_id": TEXT,
        "decision": TEXT,
        "decided_by": TEXT,
        "decision_reason": TEXT,
        "decided_at": TIME,
    }
)
CHECK_SCHEMA = pl.Schema(
    {
        "delivery_id": pl.String,
        "suite": pl.String,
        "check_name": pl.String,
        "column_name": pl.String,
        "severity": pl.String,
        "success": pl.Boolean,
        "observed": pl.String,
        "unexpected_count": pl.Int64,
        "failing_rows": pl.String,
    }
)


def accepted_file(lake: Path, contract: Contract, delivery_id: str) -> Path:
    return lake / "accepted" / contract.name / f"{delivery_id}.parquet"


def stopped_file(lake: Path, contract: Contract, delivery_id: str) -> Path:
    """Where the accepted rows of a stopped delivery are kept: outside of what the warehouse reads."""
    return lake / "stopped" / contract.name / f"{delivery_id}.parquet"


def rejected_file(lake: Path, delivery_id: str) -> Path:
    return lake / "rejected" / f"{delivery_id}.parquet"


def delivery_file(lake: Path, delivery_id: str) -> Path:
    return lake / "deliveries" / f"{delivery_id}.parquet"


def checks_file(lake: Path, delivery_id: str) -> Path:
    return lake / "checks" / f"{delivery_id}.parquet"


def prepare(lake: Path) -> None:
    """Make the folders and the zero-row files, so that every glob over the lake finds a schema."""
    for contract in DELIVERED.values():
        _empty(accepted_file(lake, contract, EMPTY), lake_schema(contract))
    _empty(rejected_file(lake, EMPTY), REJECT_SCHEMA)
    _empty(delivery_file(lake, EMPTY), DELIVERY_SCHEMA)
    _empty(checks_file(lake, EMPTY), CHECK_SCHEMA)


def sweep(lake: Path, accepted: set[tuple[str, str]], known: set[str]) -> list[Path]:
    """Remove what no ledger entry vouches for: left by a run that was killed, or of a delivery since refused.

    ``accepted`` holds (contract, delivery_id) of the deliveries whose rows are kept, used or stopped, ``known`` the ids
    of all. Returns the files removed.
    """
    stray = [path for path in lake.rglob(f"{TEMPORARY}*") if path.is_file()]
    stray += [
        path
        for folder in ("accepted", "stopped")
        for path in (lake / folder).glob("*/*.parquet")
        if path.stem != EMPTY and (path.parent.name, path.stem) not in accepted and path not in stray
    ]
    for folder in ("rejected", "checks"):
        stray += [
            path
            for path in (lake / folder).glob("*.parquet")
            if path.stem != EMPTY and path.stem not in known and path not in stray
        ]
    for path in stray:
        path.unlink(missing_ok=True)
    return sorted(stray)


def _empty(path: Path, schema: pl.Schema) -> None:
    if not path.is_file() or pl.read_parquet_schema(path) != dict(schema):
        write_parquet(pl.DataFrame(schema=schema), path)
