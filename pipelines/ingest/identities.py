"""Identities of persons as keyed hashes: one person is one hash however the identity is written."""

from __future__ import annotations

from hashlib import blake2b

import polars as pl

from pipelines.ingest.cast import NULL_WORDS
from pipelines.ingest.reporter_key import key_id

HASH_BYTES = 16
MOST = 500_000  # identities that are remembered at once, some 50 MB

# Full-width forms that a keyboard of the mainland or a hotline's form makes.
_WIDE = [*"０１２３４５６７８９＋－（）　"]
_NARROW = [*"0123456789+-() "]
_PHONE = r"^(?:(?:\+|00)?86)?(1[3-9]\d{9})$"
_OTHER_PHONE = r"^(?:\+\d{8,15}|0\d{9,11})$"
_NOBODY = (
    rf"^[\s\x{{3000}}]*(?i:{NULL_WORDS}|unknown|anonymous|withheld|[-/—0]+"
    r"|無|匿名|保密|未知|不详|不詳|未留|隐藏)[\s\x{3000}]*$"
)


class Identities:
    """Hashes identities under ``key``, each of those it remembers once: reporters come again, batch after batch.

    A hash is ``<key id>-<32 hex digits>``: keyed BLAKE2b of the identity as ``same_identity`` writes it.
    """

    def __init__(self, key: bytes) -> None:
        self._begun = blake2b(key=key, digest_size=HASH_BYTES)
        self._start = key_id(key) + "-"
        self._known = pl.DataFrame(schema={"identity": pl.String, "hash": pl.String})

    def hashed(self, identities: pl.Series) -> pl.Series:
        """The hashes of ``identities`` under the same name; null where there is none."""
        frame = pl.DataFrame({"identity": identities})
        here = frame.drop_nulls().unique()
        new = here.join(self._known, on="identity", how="anti")
        if self._known.height + new.height > MOST:
            self._known, new = self._known.clear(), here
        self._known = pl.concat([self._known, self._hash(new)])
        found = frame.join(self._known, on="identity", how="left", maintain_order="left")
        return found["hash"].rename(identities.name)

    def _hash(self, new: pl.DataFrame) -> pl.DataFrame:
        digests = []
        for text in new.select(same_identity(pl.col("identity"))).to_series().to_list():
            begun = self._begun.copy()
            begun.update(text.encode())
            digests.append(begun.digest())
        hashes = pl.Series("hash", digests, dtype=pl.Binary).bin.encode("hex")
        return new.with_columns(hash=pl.lit(self._start) + hashes)


def somebody(identities: pl.Series) -> pl.Series:
    """``identities`` without what stands for nobody: all callers called 匿名 would be one who calls again and again."""
    frame = pl.DataFrame({"i": identities})
    found = frame.select(pl.when(~pl.col("i").str.contains(_NOBODY)).then(pl.col("i"))).to_series()
    return found.alias(identities.name)


def same_identity(identity: pl.Expr) -> pl.Expr:
    """``identity`` in one form: a telephone number without separators and +86, everything else without outer blanks.

    So +86 138-0000-0000 and 13800000000 are one reporter. What does not look like a telephone number keeps its
    separators: 1-23 and 12-3 are two.
    """
    plain = identity.str.replace_many(_WIDE, _NARROW).str.strip_chars()
    bare = plain.str.replace_all(r"[\s\-—.()]", "")
    return (
        pl.when(bare.str.contains(_PHONE))
        .then(bare.str.replace(_PHONE, "${1}"))
        .when(bare.str.contains(_OTHER_PHONE))
        .then(bare)
        .otherwise(plain)
    )
