"""The ledger of deliveries: one Parquet file each, written last. What is not in it did not come in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal

import polars as pl

from pipelines.city import City
from pipelines.city.models import Source
from pipelines.contracts import DELIVERED
from pipelines.files import write_parquet
from pipelines.ingest.lake import DELIVERY_SCHEMA, EMPTY, delivery_file

# Raise it when the door reads the same file in another way than before; every delivery is then read again.
READING_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One file of one source, as it was taken in or refused. Times are naive local times of the city.

    rows = accepted + rejected; ``reasons`` counts each rejected row once and adds up to ``rejected``.
    """

    delivery_id: str
    source: str
    source_system: str
    contract: str
    file: str
    sha256: str
    bytes: int
    mapping_sha256: str
    rows: int
    accepted: int
    repaired: int
    rejected: int
    out_of_scope: int
    reasons: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    extracted_at: datetime | None = None
    received_at: datetime
    state: Literal["accepted", "refused"]
    landing_file: str


def read_ledger(lake: Path) -> list[Delivery]:
    """Every delivery of the lake, by received_at and delivery_id; none where there is no lake yet."""
    files = [path for path in sorted((lake / "deliveries").glob("*.parquet")) if not path.name.startswith(".")]
    files = [path for path in files if path.stem != EMPTY]
    if not files:
        return []
    frame = pl.read_parquet(files, glob=False).sort("received_at", "delivery_id")
    return [
        Delivery(**{**row, "reasons": json.loads(row["reasons"]), "warnings": json.loads(row["warnings"])})
        for row in frame.to_dicts()
    ]


def write_delivery(lake: Path, delivery: Delivery) -> None:
    """Commit ``delivery``: from here on its files count."""
    row = asdict(delivery)
    row["reasons"] = json.dumps(delivery.reasons, ensure_ascii=False, sort_keys=True)
    row["warnings"] = json.dumps(delivery.warnings, ensure_ascii=False)
    write_parquet(pl.DataFrame([row], schema=DELIVERY_SCHEMA), delivery_file(lake, delivery.delivery_id))


def mapping_sha256(city: City, source: Source) -> str:
    """Hash of all that decides how a file of ``source`` is read: mapping, contract, time zone, known codes.

    A file already in the ledger under another hash is read again, so that a corrected mapping or an added unit
    brings in the rows that were rejected for the lack of it.
    """
    contract = DELIVERED[source.contract]
    used = sorted({column.refers_to for column in contract.columns if column.refers_to})
    told = {
        "reading": READING_VERSION,
        "source": source.model_dump(mode="json", exclude={"title", "watch", "fetch"}),
        "contract": repr(contract),
        "time_zone": city.settings.time_zone,
        "codes": {name: sorted(city.codes.get(name, frozenset())) for name in used},
    }
    return sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
