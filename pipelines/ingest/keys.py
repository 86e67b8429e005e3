"""Keys of our own where the source's are broken: the same rows get the same keys, whatever file they come in."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

import polars as pl

from pipelines.ingest.cast import clean

KEY_BYTES = 12  # 96 bits: among a hundred million different rows two would share a key with a chance of 1 : 10**13
SEPARATOR = "\x1f"  # stands in no delivered text, so that (ab, c) and (a, bc) differ


@dataclass(frozen=True)
class KeyPlan:
    """A key made for the contract's column ``column`` from the batch's columns ``parts``."""

    column: str
    parts: tuple[str, ...]

    @staticmethod
    def name_for(column: str) -> str:
        """The name under which a batch holds the key."""
        return f"__key_{column}"


@dataclass
class Keys:
    """Makes the keys of one file, batch after batch in the file's order.

    A key is the hash of the row's texts (white space at their ends left out, blank cells as ""); the second row with
    the same texts bears ``-2``, the third ``-3``. So the keys of a file do not depend on the size of the batches, and
    rows that come again in another file, be it in another encoding or format, get the keys they had.
    """

    _seen: dict[str, pl.DataFrame] = field(default_factory=dict)

    def add(self, raw: pl.DataFrame, plans: tuple[KeyPlan, ...]) -> pl.DataFrame:
        """``raw`` with the keys of ``plans``. Must be given every row in scope once, rejected ones too."""
        for plan in plans:
            raw = raw.with_columns(self._numbered(raw, plan).alias(KeyPlan.name_for(plan.column)))
        return raw

    def _numbered(self, raw: pl.DataFrame, plan: KeyPlan) -> pl.Series:
        if raw.is_empty():
            return pl.Series([], dtype=pl.String)
        cells = [clean(pl.col(part)).fill_null("") for part in plan.parts]
        texts = raw.select(pl.concat_str(cells, separator=SEPARATOR).alias("text"))["text"]
        hashed = pl.Series("key", [blake2b(text.encode(), digest_size=KEY_BYTES).hexdigest() for text in texts])
        # Half of the hash is enough to count by: rows that shared it would be numbered apart, no more.
        count = pl.DataFrame(hashed).with_columns(
            pl.col("key").str.slice(0, 16).str.to_integer(base=16, dtype=pl.UInt64).alias("half")
        )
        here = count.with_columns((pl.int_range(pl.len(), dtype=pl.UInt32).over("half") + 1).alias("nth"))
        before = self._seen.get(plan.column)
        if before is not None:
            here = here.join(before, on="half", how="left", maintain_order="left").with_columns(
                pl.col("nth") + pl.col("rows").fill_null(0)
            )
        new = count.group_by("half").agg(pl.len().cast(pl.UInt32).alias("rows"))
        whole = new if before is None else pl.concat([before, new]).group_by("half").agg(pl.col("rows").sum())
        self._seen[plan.column] = whole.cast({"rows": pl.UInt32})
        return here.select(
            pl.when(pl.col("nth") > 1).then(pl.format("{}-{}", "key", "nth")).otherwise("key").alias("key")
        )["key"]
