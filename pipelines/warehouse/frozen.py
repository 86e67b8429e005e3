"""The inputs of a publication, frozen with it: lake/inputs/<id>/ holds the run's tables, the ledger of deliveries, and
the names of all accepted files with their hashes. The same inputs have the same id and are kept once.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.errors import DataError
from pipelines.files import sha256, write_parquet, write_text
from pipelines.ingest.lake import EMPTY

RECORDS = "records.json"
LEDGER = Path("ledger") / "deliveries.parquet"


@dataclass(frozen=True)
class Inputs:
    """``tables`` are the files of lake/run and ``ledger`` the deliveries as they were; ``records`` the accepted files,
    by their path below lake/accepted, with their hashes.
    """

    tables: list[Path]
    ledger: Path
    records: dict[str, str]


def freeze(lake: Path) -> str:
    """Keep the inputs that the warehouse was last built from; returns their id."""
    records = {
        str(path.relative_to(lake / "accepted")): sha256(path)
        for path in sorted((lake / "accepted").glob("*/[!.]*.parquet"))
        if path.stem != EMPTY
    }
    tables = sorted((lake / "run").glob("[!.]*.parquet"))
    entries = [pl.read_parquet(path, glob=False) for path in sorted((lake / "deliveries").glob("[!.]*.parquet"))]
    ledger = pl.concat(entries, how="diagonal_relaxed").sort("delivery_id")
    digest = hashlib.sha256(json.dumps(records).encode())
    digest.update(ledger.write_csv().encode())
    for path in tables:
        digest.update(f"{path.name}:{sha256(path)}".encode())
    name = digest.hexdigest()[:16]
    folder = lake / "inputs" / name
    if folder.is_dir():
        return name
    temporary = folder.with_name(f".tmp-{name}")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    for path in tables:
        shutil.copyfile(path, temporary / path.name)
    write_parquet(ledger, temporary / LEDGER)
    write_text(json.dumps(records, indent=1), temporary / RECORDS)
    temporary.replace(folder)
    return name


def frozen_inputs(lake: Path, name: str) -> Inputs:
    """The inputs kept under ``name``, every file checked.

    Raises DataError naming each file that is gone or holds something else by now.
    """
    folder = lake / "inputs" / name
    if not (folder / RECORDS).is_file():
        raise DataError(f"{folder} is gone: the inputs of the publication were not kept", "restore it from a backup")
    records: dict[str, str] = json.loads((folder / RECORDS).read_text(encoding="utf-8"))
    changed = []
    for record, digest in records.items():
        path = lake / "accepted" / record
        if not path.is_file():
            changed.append(f"  {record}: gone; the delivery was stopped or refused since")
        elif sha256(path) != digest:
            changed.append(f"  {record}: read again since, under another mapping or key")
    if changed:
        raise DataError(
            f"{len(changed)} of {len(records)} files are not what the publication was built from:\n"
            + "\n".join(changed),
            "restore them from a backup, or publish the period's next version from what is there",
        )
    return Inputs(sorted(folder.glob("*.parquet")), folder / LEDGER, records)
