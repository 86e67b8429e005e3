"""Why a whole delivery is refused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HeaderFault:
    """One header that is missing, unexpected or doubled, with the header that it may have been meant to be."""

    reason: str
    label: str
    nearest: str = ""


class Refusal(Exception):  # noqa: N818 it is an outcome, not a programming error
    """The delivery as a whole cannot be taken in; raised inside the door and turned into a ledger entry there.

    ``reason`` is one of the codes in ``rejects.REMEDIES``; ``detail`` says what was found; ``rows`` is the number
    of data rows as far as it can be known, and None where it has not been counted yet; ``header_row`` tells where the
    headers at fault stand.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        rows: int | None = None,
        headers: tuple[HeaderFault, ...] = (),
        header_row: int = 1,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.rows = rows
        self.headers = headers
        self.header_row = header_row
