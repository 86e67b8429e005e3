"""Personal data stops here: identities become keyed hashes, free text is masked."""

from __future__ import annotations

import os
import secrets
from hashlib import blake2b
from pathlib import Path

import polars as pl

from pipelines.contracts import Contract, Personal
from pipelines.errors import UsageError
from pipelines.settings import CityHome, Settings

HASH_BYTES = 16
HIDDEN = "***"

# Order matters: long numbers first, so that a shorter pattern does not leave their rest. Digits are taken in full
# width too (\d). Masking a few harmless numbers is the price of not missing a telephone number.
MASKS: tuple[tuple[str, str], ...] = (
    (r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+\.[A-Za-z]{2,}", HIDDEN),
    (r"\d{14,}[\dXxＸｘ]", HIDDEN),  # identity numbers of 15 and 18 places
    (r"(?:\+?86[\- ]?)?[1１][3-9３-９]\d[\- ]?\d{4}[\- ]?\d{4}", HIDDEN),  # mobile
    (r"[(（]?[0０]\d{2,3}[)）]?[\-－— ]?\d{7,8}", HIDDEN),  # landline with area code
    (r"\(?\d{3}\)?[\-. ]\d{3}[\-. ]\d{4}", HIDDEN),  # ten places in three groups
    (r"(电话|座机|手机|联系|致电|拨打|[Tt][Ee][Ll])([^\d\n]{0,6})\d{3,4}[\- ]?\d{4}", f"${{1}}${{2}}{HIDDEN}"),
    (
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Za-z][·•\- ]?"
        r"[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警港澳]",
        HIDDEN,
    ),
    (r"[A-Za-z]?[\d一二三四五六七八九十百]+\s*[\-－]?\s*(号楼|号院|栋|幢|单元|室|户)", f"{HIDDEN}${{1}}"),
)
# A text without any of these needs no mask.
TELLING = (
    r"\d|@|号楼|号院|栋|幢|单元|室|户|"
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Za-z]"
)


def mask(text: pl.Expr) -> pl.Expr:
    """``text`` with telephone, identity, plate, e-mail and door numbers replaced by ``***``."""
    for pattern, by in MASKS:
        text = text.str.replace_all(pattern, by)
    return text


def protect(frame: pl.DataFrame, contract: Contract, key: bytes) -> pl.DataFrame:
    """``frame`` (accepted rows) with every personal column hashed under ``key`` or masked."""
    for column in contract.columns:
        if column.personal is None or frame[column.name].null_count() == frame.height:
            continue
        series = frame[column.name]
        if column.personal is Personal.KEYED_HASH:
            frame = frame.with_columns(_hashed(series, key))
        else:
            frame = frame.with_columns(_masked(series))
    return frame


def _hashed(series: pl.Series, key: bytes) -> pl.Series:
    distinct = series.drop_nulls().unique()
    hashes = [blake2b(value.encode(), key=key, digest_size=HASH_BYTES).hexdigest() for value in distinct]
    return series.replace_strict(distinct, pl.Series(hashes, dtype=pl.String), default=None, return_dtype=pl.String)


def _masked(series: pl.Series) -> pl.Series:
    telling = series.str.contains(TELLING).fill_null(value=False)
    if not telling.any():
        return series
    name = series.name
    chosen = pl.DataFrame({name: series.filter(telling)}).select(mask(pl.col(name)))[name]
    return series.clone().scatter(telling.arg_true(), chosen)


def needs_key(contract: Contract, mapped: set[str]) -> bool:
    """True if a keyed hash is to be made of one of the ``mapped`` columns."""
    return any(c.personal is Personal.KEYED_HASH and c.name in mapped for c in contract.columns)


def reporter_key(home: CityHome) -> bytes:
    """The secret key of the city, made at first use (mode 0600). Raises UsageError where the file is no key."""
    path = Settings().reporter_key_file or home.reporter_key
    if not path.is_file():
        _make_key(path)
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if not 16 <= len(key) <= 64:  # the bounds blake2b sets and prudence asks for
        raise UsageError(f"{path}: not a key", "put 32 to 128 hexadecimal digits there, or remove it for a new key")
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".tmp-{path.name}-{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    temporary.replace(path)
