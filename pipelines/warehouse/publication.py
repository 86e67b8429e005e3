"""Publications: numbered, frozen versions of a period, append-only Parquet under lake/publications/."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.files import sha256, sync_folder, write_text
from pipelines.settings import CityHome
from pipelines.warehouse.db import open_db, quoted
from pipelines.warehouse.marts import FIGURES, PERIOD_MARTS


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


def publications(lake: Path) -> list[Publication]:
    """All publications, by period and version."""
    found = []
    for manifest in sorted((lake / "publications").glob("*/v*/manifest.json")):
        found.append(Publication(manifest.parent, json.loads(manifest.read_text(encoding="utf-8"))))
    return found


def latest(lake: Path) -> dict[str, Publication]:
    """The last version of each published period."""
    return {p.period: p for p in publications(lake)}


def publish(home: CityHome, requested: Collection[str]) -> list[Publication]:
    """Freeze every complete period not yet published, and each of ``requested`` whose figures moved.

    A period that is not complete is never published. Returns the new publications.
    """
    root = home.lake / "publications"
    for left_over in root.glob("*/.tmp-*"):
        shutil.rmtree(left_over)
    known = latest(home.lake)
    made = []
    with open_db(home.warehouse, read_only=True) as db:
        db.execute("set preserve_insertion_order = true")
        hashes = _figure_hashes(db)
        heads = db.sql("select * from mart_periods where is_complete order by ends_on, period").pl()
        for head in heads.to_dicts():
            period = head["period"]
            before = known.get(period)
            if before is not None and (period not in requested or before.manifest["figures_hash"] == hashes[period]):
                continue
            version = 1 if before is None else before.version + 1
            made.append(_freeze(db, root / period, head, version, hashes[period]))
    return made


def moved(home: CityHome) -> list[str]:
    """Published periods whose figures in the warehouse differ from their last version."""
    with open_db(home.warehouse, read_only=True) as db:
        hashes = _figure_hashes(db)
    return [p for p, last in latest(home.lake).items() if p in hashes and hashes[p] != last.manifest["figures_hash"]]


def _figure_hashes(db: Any) -> dict[str, str]:
    """Per period, an order-free hash over every figure."""
    parts = " union all ".join(
        f"select period, md5_number_lower('{mart}' || cast(t as varchar)) as h from {mart} as t" for mart in FIGURES
    )
    rows = db.sql(
        "select p.period, cast(count(x.h) as varchar) || '-' || "
        "cast(coalesce(sum(cast(x.h as hugeint)), 0) as varchar) "
        f"from mart_periods as p left join ({parts}) as x on p.period = x.period group by p.period"
    ).fetchall()
    return dict(rows)


def _freeze(db: Any, folder: Path, head: dict[str, Any], version: int, figures_hash: str) -> Publication:
    temporary = folder / f".tmp-v{version:04d}"
    temporary.mkdir(parents=True)
    period = head["period"].replace("'", "''")
    files = {}
    for mart in PERIOD_MARTS:
        path = temporary / f"{mart}.parquet"
        db.execute(
            f"copy (select * from {mart} where period = '{period}' order by all) to {quoted(path)} "
            "(format parquet, compression zstd)"
        )
        files[mart] = {"sha256": sha256(path), "bytes": path.stat().st_size}
    manifest = {
        "period": head["period"],
        "period_type": head["period_type"],
        "version": version,
        "as_of": head["as_of"].isoformat(),
        "code_version": head["code_version"],
        "scheme_versions": head["scheme_versions"],
        "input_hash": head["input_hash"],
        "figures_hash": figures_hash,
        "files": files,
    }
    write_text(json.dumps(manifest, ensure_ascii=False, indent=1), temporary / "manifest.json")
    sync_folder(temporary)
    final = folder / f"v{version:04d}"
    temporary.replace(final)
    return Publication(final, manifest)
