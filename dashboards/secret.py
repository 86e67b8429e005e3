"""Secrets made once on this machine, readable by their owner only; never in the repository."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def secret_key(home: Path) -> str:
    """The key that signs sessions: SUPERSET_SECRET_KEY, else `secret_key` under ``home``, made at first use (0600)."""
    if given := os.environ.get("SUPERSET_SECRET_KEY"):
        return given
    home.mkdir(parents=True, exist_ok=True)
    file = home / "secret_key"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(key := secrets.token_urlsafe(48))
    return key


def new_password() -> str:
    return secrets.token_urlsafe(15)
