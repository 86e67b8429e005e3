"""Releases: immutable folders for readers, built from publications and the running periods; `current` names one."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.errors import DataError, UsageError
from pipelines.files import sha256, sync_folder, write_text
from pipelines.settings import CityHome, Settings
from pipelines.warehouse.approvals import Approval, read_approvals
from pipelines.warehouse.db import open_db, quoted
from pipelines.warehouse.marts import CURRENT_MARTS, PERIOD_MARTS
from pipelines.warehouse.publication import Publication, latest


@dataclass(frozen=True)
class Release:
    release_id: str
    folder: Path
    is_current: bool
    manifest: dict[str, Any]


def make_release(home: CityHome) -> Release:
    """Build a release from the last version of every publication and the running periods, and make it current.

    Raises DataError, leaving `current` as it was, where the warehouse was not closed or the result is empty.
    """
    if home.warehouse.with_suffix(".duckdb.wal").exists():
        raise DataError(
            f"{home.warehouse.name} has a .wal beside it: it was not closed cleanly", "run again; nothing was released"
        )
    releases = home.serving / "releases"
    releases.mkdir(parents=True, exist_ok=True)
    for left_over in releases.glob(".tmp-*"):
        shutil.rmtree(left_over)
    release_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    temporary = releases / f".tmp-{release_id}"
    temporary.mkdir()
    file = temporary / "serving.duckdb"
    published = latest(home.lake)
    with open_db(file) as db:
        db.execute(f"attach {quoted(home.warehouse)} as warehouse (read_only)")
        _versions(db, published, read_approvals(home.lake))
        for mart in PERIOD_MARTS:
            _period_mart(db, mart, _frozen(mart, published.values()))
        for mart in CURRENT_MARTS:
            db.execute(f"create table {mart} as select * from warehouse.main.{mart} order by all")
        db.execute("drop table published_versions")
        rows = {m: _count(db, m) for m in (*PERIOD_MARTS, *CURRENT_MARTS)}
        db.execute("detach warehouse")
        db.execute("checkpoint")
    if file.with_suffix(".duckdb.wal").exists():
        raise DataError("the release was not closed cleanly", "run again; `current` still names the release before")
    with open_db(file, read_only=True) as db:
        if not _count(db, "mart_periods"):
            raise DataError("the release holds no period", "nothing was released; run again")
    manifest = {
        "release": release_id,
        "rows": rows,
        "sha256": sha256(file),
        "publications": {period: p.version for period, p in sorted(published.items())},
    }
    write_text(json.dumps(manifest, ensure_ascii=False, indent=1), temporary / "manifest.json")
    sync_folder(temporary)
    final = releases / release_id
    temporary.replace(final)
    _point(home, release_id)
    _prune(home)
    return Release(release_id, final, True, manifest)


def releases(home: CityHome) -> list[Release]:
    """All releases kept, oldest first."""
    current = home.current.resolve().name if home.current.is_symlink() else None
    return [
        Release(m.parent.name, m.parent, m.parent.name == current, json.loads(m.read_text(encoding="utf-8")))
        for m in sorted((home.serving / "releases").glob("[!.]*/manifest.json"))
    ]


def roll_back(home: CityHome, release_id: str) -> Release:
    """Make an earlier release current again, after checking its file against its recorded hash."""
    for release in releases(home):
        if release.release_id == release_id:
            if sha256(release.folder / "serving.duckdb") != release.manifest["sha256"]:
                raise DataError(f"release {release_id} is damaged: its file does not have the recorded hash")
            _point(home, release_id)
            return release
    raise UsageError(f"there is no release {release_id!r}", "`cityeval publications` lists those that are kept")


def read_release(home: CityHome, sql: str) -> pl.DataFrame:
    """Run ``sql`` on the current release, read-only.

    Raises UsageError where nothing was released yet, and where the release was made before what is asked was in one.
    """
    file = home.current.resolve() / "serving.duckdb"
    if not file.is_file():
        raise UsageError(f"nothing is released yet under {home.root}", "run `cityeval run` first")
    with open_db(file, read_only=True) as db:
        try:
            return db.sql(sql).pl()
        except (duckdb.CatalogException, duckdb.BinderException) as lacking:
            what = str(lacking).splitlines()[0]
            raise UsageError(
                f"the current release lacks what is asked ({what}); another version of the program made it",
                "run `cityeval run`, which makes a new one",
            ) from lacking


def _versions(db: Any, published: dict[str, Publication], approved: dict[tuple[str, int], Approval]) -> None:
    db.execute(
        "create table published_versions (period varchar, version bigint, approved_by varchar, approved_at timestamp)"
    )
    rows = [
        (period, p.version, getattr(a, "approved_by", None), getattr(a, "approved_at", None))
        for period, p in published.items()
        for a in (approved.get((period, p.version)),)
    ]
    if rows:
        db.executemany("insert into published_versions values (?, ?, ?, ?)", rows)


def _period_mart(db: Any, mart: str, files: list[Path]) -> None:
    """Published periods as last published, the others as the warehouse has them now."""
    extra = ""
    if mart == "mart_periods":
        extra = (
            ", case when v.version is null then 'provisional' when v.approved_by is null then 'draft' else 'final' end"
            " as state, coalesce(v.version, 0) as version, v.approved_by, v.approved_at"
        )
    running = (
        f"select m.* from warehouse.main.{mart} as m where m.period not in (select period from published_versions)"
    )
    frozen = ""
    if files:
        listed = ", ".join(quoted(file) for file in files)
        frozen = f"select * from read_parquet([{listed}], union_by_name=true) union all by name "
    join = " left join published_versions as v on u.period = v.period" if extra else ""
    db.execute(f"create table {mart} as select u.*{extra} from ({frozen}{running}) as u{join} order by all")


def _frozen(mart: str, published: Iterable[Publication]) -> list[Path]:
    """The files of ``mart``; a publication made before there was such a mart has none."""
    files = [p.folder / f"{mart}.parquet" for p in published]
    return [file for file in files if file.is_file()]


def _count(db: Any, table: str) -> int:
    return int(db.execute(f"select count(*) from {table}").fetchone()[0])


def _point(home: CityHome, release_id: str) -> None:
    temporary = home.serving / ".tmp-current"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path("releases") / release_id)
    os.replace(temporary, home.current)  # noqa: PTH105 Path.replace follows nothing either, but says less


def _prune(home: CityHome) -> None:
    """Keep the newest, whatever is current, and everything younger than the longest query."""
    settings = Settings()
    cutoff = time.time() - settings.release_keep_minutes * 60
    for release in releases(home)[: -settings.release_keep]:
        if not release.is_current and release.folder.stat().st_mtime < cutoff:
            shutil.rmtree(release.folder)
