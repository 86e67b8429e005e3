"""Approvals of publications: who made a draft final, and when. Appended to lake/approvals/, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.city import City
from pipelines.errors import UsageError
from pipelines.files import write_parquet
from pipelines.ingest.lake import TEXT, TIME
from pipelines.ingest.masks import mask_text
from pipelines.scoring import Scheme
from pipelines.settings import CityHome
from pipelines.warehouse.objections import open_until
from pipelines.warehouse.publication import Publication, latest

SCHEMA = pl.Schema(
    {
        "period": TEXT,
        "version": pl.Int64(),
        "figures_hash": TEXT,
        "approved_by": TEXT,
        "approved_at": TIME,
        "note": TEXT,
    }
)
NOBODY = "approval: none"  # what stands for a name where a city needs no approval


@dataclass(frozen=True, kw_only=True)
class Approval:
    """``figures_hash`` is that of the publication: an approval is of these figures and no others."""

    period: str
    version: int
    figures_hash: str
    approved_by: str
    approved_at: datetime  # local time of the city
    note: str = ""


def read_approvals(lake: Path) -> dict[tuple[str, int], Approval]:
    """The approval of each version that has one, by period and version."""
    files = sorted((lake / "approvals").glob("[!.]*.parquet"))
    if not files:
        return {}
    rows = pl.read_parquet(files, glob=False).sort("approved_at", maintain_order=True).to_dicts()
    return {(row["period"], row["version"]): Approval(**row) for row in rows}


def state_of(publication: Publication, last: dict[str, Publication], approved: dict[tuple[str, int], Approval]) -> str:
    """``superseded`` by a later version; else ``final`` once approved; else ``draft``."""
    if last[publication.period].version != publication.version:
        return "superseded"
    return "final" if (publication.period, publication.version) in approved else "draft"


def approve(
    city: City,
    schemes: Sequence[Scheme],
    home: CityHome,
    period: str,
    *,
    by: str,
    note: str = "",
    early: str = "",
) -> Approval:
    """Make the last version of ``period`` final. The caller holds the city's lock.

    Raises UsageError where there is no publication, no name, it is final already, or the days for objections are not
    over and ``early`` gives no reason for not waiting.
    """
    known = latest(home.lake)
    if period not in known:
        some = ", ".join(sorted(known)[-8:]) or "none"
        raise UsageError(f"{period!r} is not published", f"published are: {some}; `cityeval publications` lists them")
    if not by.strip():
        raise UsageError("an approval needs a name", "give --by NAME")
    publication = known[period]
    done = read_approvals(home.lake).get((period, publication.version))
    if done is not None:
        who = f"approved by {done.approved_by} on {done.approved_at:%Y-%m-%d}"
        raise UsageError(
            f"{period} version {publication.version} is final: {who}",
            "nothing is left to do; a later version is approved on its own",
        )
    now = datetime.now(ZoneInfo(city.settings.time_zone)).replace(tzinfo=None)
    ends = open_until(publication, city, schemes)
    if ends is not None and now.date() <= ends and not early.strip():
        raise UsageError(
            f"{period} version {publication.version} is open to objections until {ends}",
            "approve it after that day, or give --early REASON",
        )
    said = "; ".join(part for part in (note.strip(), early.strip() and f"before {ends}: {early.strip()}") if part)
    return _write(home, publication, by.strip(), now, mask_text(said))


def approve_without_asking(city: City, home: CityHome, made: list[Publication]) -> None:
    """Where the city says ``approval: none``, a publication is final as soon as it is made."""
    if city.settings.approval == "required":
        return
    known = read_approvals(home.lake)
    last = latest(home.lake)
    now = datetime.now(ZoneInfo(city.settings.time_zone)).replace(tzinfo=None)
    for publication in {p.period: p for p in [*made, *last.values()]}.values():
        if (publication.period, publication.version) not in known:
            _write(home, publication, NOBODY, now, "")


def _write(home: CityHome, publication: Publication, by: str, now: datetime, note: str) -> Approval:
    approval = Approval(
        period=publication.period,
        version=publication.version,
        figures_hash=publication.manifest["figures_hash"],
        approved_by=by,
        approved_at=now,
        note=note,
    )
    name = f"{publication.period}-v{publication.version:04d}.parquet"
    write_parquet(pl.DataFrame([vars(approval)], schema=SCHEMA), home.lake / "approvals" / name)
    return approval
