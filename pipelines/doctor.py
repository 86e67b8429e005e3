"""`cityeval doctor`: what is installed, reachable, stale."""

from __future__ import annotations

import importlib.metadata
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pipelines.city import load_city
from pipelines.errors import CityevalError
from pipelines.ingest.ledger import read_ledger
from pipelines.scoring import load_schemes
from pipelines.settings import Settings, city_home
from pipelines.warehouse.release import releases

PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "polars", "dagster", "great-expectations")


@dataclass(frozen=True)
class Finding:
    what: str
    is_good: bool
    remark: str


def examine(home: Path | None) -> list[Finding]:
    """Packages, disk, and for each city of CITYEVAL_CITIES its folder, deliveries and release."""
    findings = []
    for package in PACKAGES:
        try:
            findings.append(Finding(package, True, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(package, False, "not installed: run `make setup`"))
    base = (home or Settings().home).expanduser().resolve()
    existing = next(p for p in (base, *base.parents) if p.exists())
    free = shutil.disk_usage(existing).free / 1e9
    findings.append(Finding("disk", free > 2, f"{free:.0f} GB free at {existing}"))
    for name in Settings().cities.split(","):
        findings += _city(name.strip(), home)
    return findings


def _city(name: str, home: Path | None) -> list[Finding]:
    try:
        city = load_city(name)
        schemes = load_schemes(city)
    except CityevalError as error:
        return [Finding(f"city {name}", False, str(error))]
    folders = city_home(city.name, home)
    findings = [Finding(f"city {name}", True, f"{len(city.sources)} sources, {len(schemes)} schemes")]
    ledger = read_ledger(folders.lake)
    refused = [d for d in ledger if d.state == "refused"]
    findings.append(Finding(f"{name}: deliveries", not refused, f"{len(ledger)} in the ledger, {len(refused)} refused"))
    current = next((r for r in releases(folders) if r.is_current), None)
    if current is None:
        return [*findings, Finding(f"{name}: release", True, "none yet: run `cityeval run`")]
    age = datetime.now() - datetime.fromtimestamp(current.folder.stat().st_mtime)
    findings.append(Finding(f"{name}: release", age < timedelta(days=40), f"{current.release_id}, {age.days} days old"))
    return findings
