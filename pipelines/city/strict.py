"""What every settings model is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Strict(BaseModel):
    """A key that is not known is an error: a typing mistake must not pass as a default.

    Nor is a value taken for what it is not written as, a text for a number or 1 for true: its fields are ``StrictInt``,
    ``StrictFloat``, ``StrictBool``, ``Exact``, or ``Day`` and ``Moment`` of `times`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


def one_or_many(value: Any) -> Any:
    """A single text where several may stand, as a list of one."""
    return (value,) if isinstance(value, str) else value


def is_number(text: str) -> bool:
    """True if the text reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _as_written(value: Any) -> Any:
    if isinstance(value, (str, bool)):
        quoted = isinstance(value, str) and is_number(value)
        hint = "; take the quotation marks away" if quoted else ""
        raise ValueError(f"should be a number (it is {value!r}){hint}")
    return value


Exact = Annotated[Decimal, BeforeValidator(_as_written)]
