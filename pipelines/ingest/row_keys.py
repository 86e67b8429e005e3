"""Which row a reject is about: its contract key, as a keyed hash that a later delivery can be compared with.

The key itself is not kept beside a reject: in a shifted row a telephone number may stand where the key should be.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import polars as pl

from pipelines.contracts import Contract, Type
from pipelines.contracts.schemas import POLARS_TYPES
from pipelines.ingest.careful import read_carefully, why
from pipelines.ingest.csv_table import ROW
from pipelines.ingest.identities import Identities
from pipelines.ingest.mapping import Plan
from pipelines.ingest.personal import protect

KEY_SCHEMA = pl.Schema({"source_row": pl.Int64, "row_key": pl.String})
SEPARATOR = "\x1f"
LENGTH = 32


def row_keys(raw: pl.DataFrame, plan: Plan, secret: bytes) -> pl.DataFrame:
    """The keys (KEY_SCHEMA) of those rows of ``raw`` whose key can be read, each as the hash that ``row_key_sql`` makes
    of an accepted row of the same key. Rows without a readable key are missing.
    """
    if raw.is_empty():
        return pl.DataFrame(schema=KEY_SCHEMA)
    contract = plan.contract
    read = {column.column.name: column for column in plan.columns if column.column.name in contract.key}
    if not all(name in read or name in plan.constants for name in contract.key):
        return pl.DataFrame(schema=KEY_SCHEMA)
    frame = read_carefully(raw, replace(plan, columns=tuple(read.values())))
    sound = pl.all_horizontal([pl.col(why(column)).is_null() for column in read.values()] or [pl.lit(value=True)])
    frame = frame.filter(sound).select(
        pl.col(ROW).cast(pl.Int64).alias("source_row"),
        *(
            pl.col(name) if name in read else pl.lit(plan.constants[name][0]).alias(name)
            for name in contract.key  # every column of a key is required, so none is null here
        ),
    )
    others = [c.name for c in contract.columns if c.personal is not None and c.name not in contract.key]
    frame = protect(
        frame.with_columns(pl.lit(None, pl.String).alias(name) for name in others), contract, Identities(secret)
    )
    texts = frame.select(
        "source_row",
        pl.concat_str(
            [
                (pl.col(name).cast(pl.Int64) if _is_time(contract, name) else pl.col(name)).cast(pl.String)
                for name in contract.key
            ],
            separator=SEPARATOR,
        ).alias("text"),
    )
    start = secret.hex() + SEPARATOR
    hashed = [sha256((start + text).encode()).hexdigest()[:LENGTH] for text in texts["text"]]
    return pl.DataFrame({"source_row": texts["source_row"], "row_key": hashed}, schema=KEY_SCHEMA)


def row_key_sql(contract: Contract) -> str:
    """The same hash as an SQL expression over the columns of an accepted file; ``$secret`` is the secret in hex."""
    parts = []
    for name in contract.key:
        kind = contract.column(name).type
        if kind is Type.TIMESTAMP:
            parts.append(f"cast(epoch_us({name}) as varchar)")
        elif kind is Type.DATE:
            parts.append(f"cast(date_diff('day', date '1970-01-01', {name}) as varchar)")
        else:
            parts.append(f"cast({name} as varchar)")
    text = " || chr(31) || ".join(["$secret", *parts])
    return f"substr(sha256({text}), 1, {LENGTH})"


def _is_time(contract: Contract, name: str) -> bool:
    return POLARS_TYPES[contract.column(name).type].is_temporal()
