"""Personal data stops here: identities become keyed hashes, free text is masked (``masks``)."""

from __future__ import annotations

from hashlib import blake2b

import polars as pl

from pipelines.contracts import Contract, Personal
from pipelines.ingest.masks import mask_series
from pipelines.ingest.reporter_key import key_id

HASH_BYTES = 16
_PROBE, _FEW = 1000, 50

# Full-width forms that a keyboard of the mainland or a hotline's form makes.
_WIDE = [*"０１２３４５６７８９＋－（）　"]
_NARROW = [*"0123456789+-() "]
_PHONE = r"^(?:(?:\+|00)?86)?(1[3-9]\d{9})$"
_OTHER_PHONE = r"^(?:\+\d{8,15}|0\d{9,11})$"


def protect(frame: pl.DataFrame, contract: Contract, key: bytes) -> pl.DataFrame:
    """``frame`` (accepted rows) with every personal column hashed under ``key`` or masked.

    A hash is ``<key id>-<32 hex digits>``, of the identity as ``same_identity`` writes it.
    """
    for column in contract.columns:
        if column.personal is None or frame[column.name].null_count() == frame.height:
            continue
        series = frame[column.name]
        if column.personal is Personal.KEYED_HASH:
            frame = frame.with_columns(_hashed(series, key))
        else:
            frame = frame.with_columns(_masked(series))
    return frame


def _masked(series: pl.Series) -> pl.Series:
    """``series`` masked; where it repeats a few values, such as a status, each of them is looked at once."""
    if series.head(_PROBE).n_unique() > _FEW:
        return mask_series(series)
    distinct = series.unique()
    masked = mask_series(distinct)
    return series if masked.equals(distinct) else series.replace_strict(distinct, masked, return_dtype=pl.String)


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


def _hashed(series: pl.Series, key: bytes) -> pl.Series:
    distinct = series.drop_nulls().unique()
    same = pl.DataFrame({"i": distinct}).select(same_identity(pl.col("i")))["i"]
    start = key_id(key) + "-"
    hashes = [start + blake2b(value.encode(), key=key, digest_size=HASH_BYTES).hexdigest() for value in same]
    return series.replace_strict(distinct, pl.Series(hashes, dtype=pl.String), default=None, return_dtype=pl.String)
