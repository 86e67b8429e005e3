"""Personal data stops here: identities become keyed hashes, free text is masked (``masks``)."""

from __future__ import annotations

import polars as pl

from pipelines.contracts import Contract, Personal
from pipelines.ingest.identities import Identities, somebody
from pipelines.ingest.masks import mask_series

_PROBE, _FEW = 1000, 50


def protect(frame: pl.DataFrame, contract: Contract, identities: Identities) -> pl.DataFrame:
    """``frame`` (accepted rows) with every personal column hashed or masked."""
    for column in contract.columns:
        if column.personal is None or frame[column.name].null_count() == frame.height:
            continue
        series = frame[column.name]
        if column.personal is Personal.KEYED_HASH:
            frame = frame.with_columns(identities.hashed(series if column.required else somebody(series)))
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
