"""The header of a delivery against what its source describes."""

from __future__ import annotations

from difflib import get_close_matches

from pipelines.city.models import Source
from pipelines.ingest.refusal import HeaderFault, Refusal


def check_headers(source: Source, headers: tuple[str, ...]) -> list[str]:
    """Refuse a missing, unexpected or doubled header; return the optional columns that this file lacks.

    Raises Refusal with one HeaderFault for each header at fault, the nearest other name among them.
    """
    optional = {name.strip() for spec in source.columns.values() if spec.optional for name in spec.headers}
    needed = {name.strip() for spec in source.columns.values() for name in spec.headers} - optional
    needed |= {test.column.strip() for test in source.only_rows}
    if source.extracted_at is not None and source.extracted_at.column:
        needed.add(source.extracted_at.column.strip())
    known = needed | optional | {name.strip() for name in source.ignore}
    missing = sorted(needed - set(headers))
    extra = [name for name in dict.fromkeys(headers) if name not in known]
    doubled = sorted({name for name in headers if headers.count(name) > 1 and name in needed | optional})
    faults = [HeaderFault("missing-label", name, _nearest(name, extra or list(headers))) for name in missing]
    faults += [HeaderFault("extra-label", name, _nearest(name, missing)) for name in extra]
    faults += [HeaderFault("duplicate-label", name) for name in doubled]
    if faults:
        detail = "; ".join(f"{fault.reason} {fault.label!r}" for fault in faults)
        raise Refusal(faults[0].reason, detail, headers=tuple(faults))
    return sorted(optional - set(headers))


def _nearest(name: str, others: list[str]) -> str:
    plain = {other.casefold().replace(" ", "").replace("_", ""): other for other in others if other}
    found = get_close_matches(name.casefold().replace(" ", "").replace("_", ""), plain, n=1, cutoff=0.4)
    return plain[found[0]] if found else ""
