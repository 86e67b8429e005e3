"""What every settings model is made of."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A key that is not known is an error: a typing mistake must not pass as a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def one_or_many(value: Any) -> Any:
    """A single text where several may stand, as a list of one."""
    return (value,) if isinstance(value, str) else value
