"""The ledger of deliveries: one Parquet file each, written last. What is not in it did not come in."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypedDict

import polars as pl

from expectations import own_file
from pipelines.city import City
from pipelines.city.models import Source
from pipelines.contracts import DELIVERED, Contract
from pipelines.files import write_parquet
from pipelines.ingest.lake import DELIVERY_SCHEMA, EMPTY, delivery_file

# Raise it when the door reads the same file in another way than before; every delivery is then read again.
READING_VERSION = 5
# Stands for the hash of the mapping while a delivery is read again: a run that is killed then is finished by the next.
BEING_READ = "being read again"


class Alert(TypedDict):
    """One level of a source's watch that a delivery passed."""

    level: Literal["warn", "stop"]
    what: str  # the key under watch
    zh: str
    en: str


JSON_COLUMNS = {
    "reasons": "{}",
    "warnings": "[]",
    "headers": "[]",
    "also": "[]",
    "alerts": "[]",
}  # and what a blank one means


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
    key_id: str | None = None  # of the key under which its hashes were made, see reporter_key
    rows: int
    accepted: int
    repaired: int
    rejected: int
    out_of_scope: int
    reasons: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    extracted_at: datetime | None = None
    received_at: datetime
    state: Literal["accepted", "refused", "stopped"]  # stopped: kept and not used, see thresholds
    landing_file: str
    headers: list[str] = field(default_factory=list)  # as delivered, in the file's order; none where it was refused
    also: list[str] = field(default_factory=list)  # other names under which the same bytes came
    alerts: list[Alert] = field(default_factory=list)  # what the source's watch found, see thresholds
    decision: Literal["let_in", "keep_out"] | None = None  # of a person about a stopped delivery, see overrides
    decided_by: str | None = None
    decision_reason: str | None = None
    decided_at: datetime | None = None

    def was_read_under(self, mapping: str, key: str) -> bool:
        """Whether it was read, or refused, under this hash of the mapping and this key's id."""
        return (self.mapping_sha256, self.key_id) == (mapping, key)

    @property
    def was_read(self) -> bool:
        """Whether there are accepted rows of it, used or not."""
        return self.state != "refused"


def read_ledger(lake: Path) -> list[Delivery]:
    """Every delivery of the lake, by received_at and delivery_id; none where there is no lake yet."""
    files = [path for path in sorted((lake / "deliveries").glob("*.parquet")) if not path.name.startswith(".")]
    files = [path for path in files if path.stem != EMPTY]
    if not files:
        return []
    # An entry of an earlier version of this program may lack a column.
    scan = pl.scan_parquet(files, glob=False, schema=DELIVERY_SCHEMA, missing_columns="insert", extra_columns="ignore")
    frame = scan.collect().sort("received_at", "delivery_id")
    return [
        Delivery(**{**row, **{name: json.loads(row[name] or empty) for name, empty in JSON_COLUMNS.items()}})
        for row in frame.to_dicts()
    ]


def write_delivery(lake: Path, delivery: Delivery) -> None:
    """Commit ``delivery``: from here on its files count."""
    row = asdict(delivery)
    for name in JSON_COLUMNS:
        row[name] = json.dumps(row[name], ensure_ascii=False, sort_keys=name == "reasons")
    write_parquet(pl.DataFrame([row], schema=DELIVERY_SCHEMA), delivery_file(lake, delivery.delivery_id))


def _own_checks(city: City, contract: Contract) -> dict[str, str]:
    path = own_file(city.folder, contract)
    return {"checks": path.read_text(encoding="utf-8")} if path.is_file() else {}


def _own_bounds(city: City, contract: Contract) -> dict[str, object]:
    bounds = city.settings.bounds
    is_placed = any(column.name == "longitude" for column in contract.columns)
    return {"bounds": bounds.model_dump(mode="json")} if bounds is not None and is_placed else {}


def mapping_sha256(city: City, source: Source) -> str:
    """Hash of all that decides how a file of ``source`` is read: mapping, contract, time zone, codes, checks, and the
    bounds of the city where the contract has coordinates.

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
        **_own_checks(city, contract),
        **_own_bounds(city, contract),
    }
    return sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
