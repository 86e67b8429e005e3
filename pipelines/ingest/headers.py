"""The header of a delivery against what its source describes, and against the header before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches

from pipelines.city.mapping import Groups
from pipelines.city.models import Source
from pipelines.city.patterns import fits
from pipelines.ingest.refusal import HeaderFault, Refusal

ENOUGH_LIKE = 0.4
TOLD = 6
DELIMITERS = ",;\t|^，；、"


def check_headers(source: Source, headers: tuple[str, ...]) -> list[str]:
    """Refuse a missing, unexpected or doubled header; return the optional columns that this file lacks.

    Raises Refusal with one HeaderFault for each header at fault, the nearest header of the other side among them. A
    column with several names must be there under exactly one of them.
    """
    needed, optional = header_groups(source)
    there = set(headers)
    known = {name for group in (*needed, *optional) for name in group}
    missing = ["/".join(group) for group in needed if not there & set(group)]
    if not known & there and any(re.search(r"\d{4}", name) for name in headers):
        # A row of data where the header should stand: what is in it is nobody's business.
        told = (
            "none of the headers is there: the first line seems to hold data; csv.headers names the columns of a file"
        )
        nameless = tuple(HeaderFault("missing-label", label) for label in missing)
        raise Refusal("missing-label", f"{told} without a header line", headers=nameless)
    if len(headers) == 1 and (mark := _mark_of(headers[0], known)):
        told = f"one column only: split at {mark!r} its header names columns of the source; set csv.delimiter to that"
        raise Refusal("missing-label", told)
    extra = [name for name in dict.fromkeys(headers) if name not in known and not fits(name, source.ignore)]
    pairs = _pairs(missing, extra)
    back = {name: label for label, name in pairs.items()}
    faults = [
        HeaderFault("missing-label", label, pairs.get(label, "") or _nearest(label, headers)) for label in missing
    ]
    faults += [HeaderFault("extra-label", name or _place(headers), back.get(name, "")) for name in extra]
    faults += [HeaderFault("duplicate-label", name) for name in sorted(known & there) if headers.count(name) > 1]
    faults += [
        HeaderFault("duplicate-label", "/".join(found))
        for group in (*needed, *optional)
        if len(found := [name for name in group if name in there]) > 1
    ]
    if faults:
        raise Refusal(faults[0].reason, "; ".join(map(_said, faults)), headers=tuple(faults))
    return ["/".join(group) for group in optional if not there & set(group)]


def _mark_of(header: str, known: set[str]) -> str:
    """The delimiter at which a header line that was taken for one column falls into known headers; "" for none."""
    split = {mark: {cell.strip(" \"'") for cell in header.split(mark)} for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: len(split[mark] & known))
    return best if len(split[best] & known) > 1 else ""


def header_groups(source: Source) -> tuple[Groups, Groups]:
    """The groups of headers that a file of ``source`` must have, and those it may have: exactly one header of each.

    Columns that come from a second file are not among them, the headers by which it is joined are.
    """
    joined = {name.strip() for join in source.joins for name in join.columns}
    needed = [group for spec in source.columns.values() if not spec.optional for group in spec.groups]
    needed += [test.column for test in source.only_rows]
    needed += [(name,) for join in source.joins for name in join.on]
    if source.extracted_at is not None and source.extracted_at.column:
        needed.append((source.extracted_at.column,))
    optional = [group for spec in source.columns.values() if spec.optional for group in spec.groups]
    must = _own(needed, joined)
    return must, tuple(group for group in _own(optional, joined) if group not in must)


def _place(headers: tuple[str, ...]) -> str:
    return f"(column {headers.index('') + 1}, which has no name)"


def _own(groups: Sequence[tuple[str, ...]], joined: set[str]) -> Groups:
    stripped = (tuple(name.strip() for name in group) for group in groups)
    return tuple(dict.fromkeys(group for group in stripped if not joined & set(group)))


def reordered(headers: Sequence[str], earlier: Sequence[tuple[str, Sequence[str]]]) -> str:
    """What is to be told about the order of ``headers``, "" where nothing is. ``earlier`` holds file name and headers
    of earlier deliveries, the latest last; the latest with the same headers, or some more or less, is compared.
    """
    for name, before in reversed(earlier):
        if set(headers) <= set(before) or set(before) <= set(headers):
            changes = order_changes(before, headers)
            return (
                f"the columns stand in another order than in {name}; they are read by name: {changes}"
                if changes
                else ""
            )
    return ""


def order_changes(before: Sequence[str], now: Sequence[str]) -> str:
    """How ``now`` orders the headers that it shares with ``before``: "" where the order is the same, else which of them
    moved (as few as can be said) and from where to where. Positions count from 1 in the whole header.
    """
    old = [name for name in before if name in now]
    new = [name for name in now if name in before]
    if old == new or len(set(old)) < len(old) or len(set(new)) < len(new):
        return ""
    kept: set[str] = set()
    for block in SequenceMatcher(a=old, b=new, autojunk=False).get_matching_blocks():
        kept.update(old[block.a : block.a + block.size])
    moved = [name for name in new if name not in kept]
    told = [f"{name!r} stands at {now.index(name) + 1}, before at {before.index(name) + 1}" for name in moved]
    return ", ".join(told[:TOLD]) + (f" and {len(told) - TOLD} more" if len(told) > TOLD else "")


def _pairs(missing: list[str], extra: list[str]) -> dict[str, str]:
    """The missing headers with the unexpected one that each was probably renamed to: the likest pair first, each
    header in one pair at most."""
    scored = sorted(
        ((_likeness(label, name), -i, -j) for i, label in enumerate(missing) for j, name in enumerate(extra)),
        reverse=True,
    )
    pairs: dict[str, str] = {}
    for score, i, j in scored:
        label, name = missing[-i], extra[-j]
        if score >= ENOUGH_LIKE and label not in pairs and name not in pairs.values():
            pairs[label] = name
    return pairs


def _likeness(label: str, name: str) -> float:
    return max(SequenceMatcher(None, _plain(one), _plain(name)).ratio() for one in label.split("/"))


def _plain(name: str) -> str:
    return name.casefold().replace(" ", "").replace("_", "")


def _nearest(name: str, others: Sequence[str]) -> str:
    plain = {_plain(other): other for other in others if other}
    found = get_close_matches(_plain(name), plain, n=1, cutoff=ENOUGH_LIKE)
    return plain[found[0]] if found else ""


def _said(fault: HeaderFault) -> str:
    return f"{fault.reason} {fault.label!r}" + (f" (nearest: {fault.nearest!r})" if fault.nearest else "")
