"""Publications: numbered, frozen versions of a period, append-only Parquet under lake/publications/."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import repeat
from pathlib import Path
from typing import Any

from pipelines.files import sha256, write_text
from pipelines.settings import CityHome
from pipelines.warehouse.db import open_db, quoted
from pipelines.warehouse.frozen import freeze
from pipelines.warehouse.marts import COMPARISONS, FIGURES, OF_DELIVERIES, PERIOD_MARTS


@dataclass(frozen=True)
class Publication:
    """One frozen version of one period: its folder and its manifest."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def period(self) -> str:
        return str(self.manifest["period"])

    @property
    def version(self) -> int:
        return int(self.manifest["version"])

    @property
    def temporary(self) -> Path:
        """Its name until it is whole."""
        return self.folder.with_name(f".tmp-{self.folder.name}")


def publications(lake: Path) -> list[Publication]:
    """All publications, by period and version."""
    found = []
    for manifest in sorted((lake / "publications").glob("*/v*/manifest.json")):
        found.append(Publication(manifest.parent, json.loads(manifest.read_text(encoding="utf-8"))))
    return found


def latest(lake: Path) -> dict[str, Publication]:
    """The last version of each published period."""
    return {p.period: p for p in publications(lake)}


def due_periods(home: CityHome, requested: Collection[str]) -> list[str]:
    """What `publish` would freeze: every complete period not yet published, and each of ``requested`` that moved."""
    known = latest(home.lake)
    hashes = _figure_hashes(home)
    with open_db(home.warehouse, read_only=True) as db:
        heads = _complete(db)
    return [h["period"] for h in heads if _is_due(known.get(h["period"]), h["period"], requested, hashes)]


def publish(home: CityHome, requested: Collection[str]) -> list[Publication]:
    """Freeze the due periods (see `due_periods`) under their next version; returns the new publications.

    A period that is not complete is never published.
    """
    root = home.lake / "publications"
    for left_over in [*root.glob("*/.tmp-*"), *root.glob(".tmp-*")]:
        shutil.rmtree(left_over)
    known = latest(home.lake)
    hashes = _figure_hashes(home)
    with open_db(home.warehouse, read_only=True) as db:
        due = [h for h in _complete(db) if _is_due(known.get(h["period"]), h["period"], requested, hashes)]
    if not due:
        return []
    work = root / ".tmp-work"
    work.mkdir(parents=True)
    write_marts(home.warehouse, work, [h["period"] for h in due])
    inputs = freeze(home.lake)
    made = []
    for head in due:
        before = known.get(head["period"])
        version = 1 if before is None else before.version + 1
        made.append(_prepare(work, root / head["period"], head, version, hashes[head["period"]], inputs))
    os.sync()  # once: a sync per file costs ten times the writing
    for publication in made:
        publication.temporary.replace(publication.folder)
    shutil.rmtree(work)
    return made


# A period in which a late feed takes every unit of a scheme out of the ranking.
_HELD = """
    select distinct r.period from (
        select period, scheme from mart_ranks group by period, scheme
        having count(*) = count(*) filter (where reason_code = 'feed_late')
    ) as r inner join mart_periods as p on r.period = p.period where p.is_complete
"""


def held_periods(home: CityHome) -> list[str]:
    """Complete periods that are not published, or not again, until a late feed has come or its stop is overridden."""
    with open_db(home.warehouse, read_only=True) as db:
        return [row[0] for row in db.sql(f"{_HELD} order by r.period").fetchall()]


def _complete(db: Any) -> list[dict[str, Any]]:
    """The periods that may be published."""
    heads: list[dict[str, Any]] = (
        db.sql(f"select * from mart_periods where is_complete and period not in ({_HELD}) order by ends_on, period")
        .pl()
        .to_dicts()
    )
    return heads


def _is_due(last: Publication | None, period: str, requested: Collection[str], hashes: dict[str, str]) -> bool:
    return last is None or (period in requested and last.manifest["figures_hash"] != hashes[period])


def moved(home: CityHome) -> list[str]:
    """Published periods whose figures in the warehouse differ from their last version."""
    hashes = _figure_hashes(home)
    return [p for p, last in latest(home.lake).items() if p in hashes and hashes[p] != last.manifest["figures_hash"]]


def _figure_hashes(home: CityHome) -> dict[str, str]:
    """Per period, an order-free hash over every figure of the warehouse as its file is now."""
    state = home.warehouse.stat()
    return _hashed(home.warehouse, state.st_ino, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)  # a run asks before the audit, before publishing and after: the file is the same each time
def _hashed(warehouse: Path, *_state: int) -> dict[str, str]:
    parts = " union all ".join(
        f"select period, md5_number_lower('{mart}' || cast(t as varchar)) as h from ({_own(mart)}) as t"
        for mart in FIGURES
    )
    with open_db(warehouse, read_only=True) as db:
        rows = db.sql(
            "select p.period, cast(count(x.h) as varchar) || '-' || "
            "cast(coalesce(sum(cast(x.h as hugeint)), 0) as varchar) "
            f"from mart_periods as p left join ({parts}) as x on p.period = x.period group by p.period"
        ).fetchall()
    return dict(rows)


def write_marts(warehouse: Path, work: Path, periods: list[str]) -> None:
    """One Parquet file per period and mart below ``work``, rows in total order. One statement each, since a
    partitioned COPY does not keep the order of the rows inside a partition.
    """
    for period in periods:
        (work / period).mkdir(parents=True, exist_ok=True)
    wanted = ", ".join(f"'{period}'" for period in periods)
    with open_db(":memory:") as db:
        db.execute(f"attach {quoted(warehouse)} as warehouse (read_only)")
        threads = db.sql("select current_setting('threads')").fetchall()[0][0]
        for mart in PERIOD_MARTS:
            # periods lie together, so that each is found without reading the others
            db.execute(
                f"create or replace table due as select * from warehouse.main.{mart} "
                f"where period in ({wanted}) order by period"
            )
            filled = {row[0] for row in db.sql("select distinct period from due").fetchall()}
            empty = work / f"{mart}.parquet"
            db.execute(f"copy (select * from due limit 0) to {quoted(empty)} (format parquet, compression zstd)")
            for period in periods:
                if period not in filled:
                    shutil.copyfile(empty, work / period / empty.name)
            # one file is written by one thread, one row group after the other; several files at once
            db.execute("set threads = 1")
            shares = [share for share in (sorted(filled)[n::threads] for n in range(threads)) if share]
            with ThreadPoolExecutor(threads) as pool:
                for _ in pool.map(_copy_periods, [db.cursor() for _ in shares], shares, repeat(work), repeat(mart)):
                    pass
            db.execute(f"set threads = {threads}")


def _copy_periods(cursor: Any, periods: list[str], work: Path, mart: str) -> None:
    """Write the rows of ``periods`` in table due, each period into its file, through a connection of its own."""
    with cursor:
        for period in periods:
            cursor.execute(
                f"copy (select * from due where period = '{period}' order by all) "
                f"to {quoted(work / period / f'{mart}.parquet')} (format parquet, compression zstd)"
            )


def _own(mart: str) -> str:
    """The figures of ``mart`` that belong to their period alone."""
    others = COMPARISONS.get(mart, ()) + OF_DELIVERIES.get(mart, ())
    return f"select * exclude ({', '.join(others)}) from {mart}" if others else f"from {mart}"


def _prepare(
    work: Path, folder: Path, head: dict[str, Any], version: int, figures_hash: str, inputs: str
) -> Publication:
    """The whole publication under a temporary name; it exists for readers once it is renamed."""
    publication = Publication(folder / f"v{version:04d}", {})
    temporary = publication.temporary
    temporary.mkdir(parents=True)
    files = {}
    for mart in PERIOD_MARTS:
        path = temporary / f"{mart}.parquet"
        (work / head["period"] / path.name).replace(path)
        files[mart] = {"sha256": sha256(path), "bytes": path.stat().st_size}
    manifest = {
        "period": head["period"],
        "period_type": head["period_type"],
        "version": version,
        "as_of": head["as_of"].isoformat(),
        "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code_version": head["code_version"],
        "scheme_versions": head["scheme_versions"],
        "input_hash": head["input_hash"],
        "figures_hash": figures_hash,
        "inputs": inputs,
        "files": files,
    }
    write_text(json.dumps(manifest, ensure_ascii=False, indent=1), temporary / "manifest.json")
    return Publication(publication.folder, manifest)
