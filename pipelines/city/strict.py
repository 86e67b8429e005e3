"""The base of every settings model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """A key that is not known is an error: a typing mistake must not pass as a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)
