"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Severity = Literal["fail", "warn"]
MOST_ROWS = 20


@dataclass(frozen=True)
class CheckResult:
    """The result of one check on one frame.

    ``failing_rows`` holds at most 20 rows, each the columns that identify it and the ones tested, as plain
    JSON values. ``unexpected_count`` is 0 for a check of a whole column or table. ``error`` is set where the
    check itself could not run; then ``success`` is False and ``severity`` is fail, whatever the suite says.
    """

    suite: str
    check_name: str
    column_name: str
    severity: Severity
    success: bool
    observed: str
    unexpected_count: int
    failing_rows: list[dict[str, Any]] = field(default_factory=list)
    error: str = ""

    @property
    def stops(self) -> bool:
        """Whether this result forbids going on."""
        return not self.success and self.severity == "fail"


def plain(value: Any) -> Any:
    """``value`` as JSON knows it: numpy scalars unwrapped, moments in ISO form, NaN and NaT as None."""
    if value is None or value != value:  # noqa: PLR0124 NaN and NaT differ from themselves
        return None
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value if isinstance(value, str | int | bool) else str(value)
