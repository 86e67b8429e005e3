"""The secret key of a city's keyed hashes: made once, readable by its owner only, exchanged by rotation."""

from __future__ import annotations

import os
import secrets
from hashlib import blake2b
from pathlib import Path

from pipelines.errors import UsageError
from pipelines.settings import CityHome, Settings

_ID_BYTES = 3
_OTHERS = 0o077


def key_path(home: CityHome) -> Path:
    """Where the key lies: CITYEVAL_REPORTER_KEY_FILE, else <home>/<city>/reporter.key."""
    return Settings().reporter_key_file or home.reporter_key


def reporter_key(home: CityHome) -> bytes:
    """The secret key of the city, made at first use (mode 0600). Raises UsageError where the file is no key, or where
    others than its owner may read it."""
    path = key_path(home)
    if not path.is_file():
        _make_key(path)
    if path.stat().st_mode & _OTHERS:
        raise UsageError(f"{path}: others than its owner may read the key", f"chmod 600 {path}; then rotate the key")
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if not 16 <= len(key) <= 64:  # the bounds blake2b sets and prudence asks for
        raise UsageError(f"{path}: not a key", "put 32 to 128 hexadecimal digits there, or remove it for a new key")
    return key


def key_id(key: bytes) -> str:
    """Six hex digits that name ``key`` and tell nothing of it; each hash starts with them."""
    return blake2b(b"cityeval key id", key=key, digest_size=_ID_BYTES).hexdigest()


def rotate_key(home: CityHome) -> tuple[str, str]:
    """Put a new key in the place of the present one, which is gone then; returns the ids of both, the old one first.

    The caller holds the city's lock. Deliveries that were read under the old key keep its id until they are read again.
    """
    old = key_id(reporter_key(home))
    _make_key(key_path(home))
    return old, key_id(reporter_key(home))


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".tmp-{path.name}-{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    temporary.replace(path)
