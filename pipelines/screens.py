"""Dashboards, seen from the pipeline: which cities they show, and how the other environment is started."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from pipelines.city import City, load_city
from pipelines.errors import DataError, UsageError
from pipelines.files import write_text
from pipelines.settings import REPO, Settings, city_home

ENVIRONMENT = REPO / ".venv-superset"
ADDRESS = "127.0.0.1:8088"


def screens_home(home: Path | None) -> Path:
    """The folder of Superset under CITYEVAL_HOME."""
    return (home if home is not None else Settings().home).expanduser().resolve() / "superset"


def write_cities(home: Path | None, names: Iterable[str]) -> list[str]:
    """Write cities.json for the cities that have a release; returns their names.

    Raises UsageError where none of them has one.
    """
    found = []
    for name in names:
        city = load_city(name)
        folders = city_home(city.name, home)
        if folders.current.exists():
            found.append(_entry(city, folders.serving))
    if not found:
        raise UsageError("no city has a release to show", "run `cityeval run --city demo` first, or name a city")
    folder = screens_home(home)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_text(json.dumps(found, ensure_ascii=False, indent=1), folder / "cities.json")
    return [str(entry["name"]) for entry in found]


def environment(home: Path | None) -> dict[str, str]:
    """The variables the other environment needs."""
    return {
        **os.environ,
        "CITYEVAL_SUPERSET_HOME": str(screens_home(home)),
        "SUPERSET_CONFIG_PATH": str(REPO / "dashboards" / "superset_config.py"),
        "SUPERSET_HOME": str(screens_home(home)),
        "PYTHONPATH": str(REPO),
        "FLASK_APP": "superset.app:create_app()",
        "SCARF_ANALYTICS": "false",
    }


def python(home: Path | None, *arguments: str) -> None:
    """Run a module of dashboards/ in its environment. Raises DataError where it fails, UsageError if absent."""
    program = ENVIRONMENT / "bin" / "python"
    if not program.exists():
        raise UsageError("the environment of the dashboards is not installed", "run `make dashboards`")
    done = subprocess.run([str(program), *arguments], env=environment(home), cwd=REPO, check=False)
    if done.returncode:
        raise DataError(f"{' '.join(arguments)} ended with code {done.returncode}", "its messages stand above")


def serve(home: Path | None, address: str) -> None:
    """Become the web server: the process is replaced."""
    os.chdir(REPO)
    program = str(ENVIRONMENT / "bin" / "gunicorn")
    call = [program, "--config", "python:dashboards.web_server", "superset.app:create_app()"]
    sys.stderr.flush()
    os.execve(program, call, {**environment(home), "CITYEVAL_SUPERSET_BIND": address})  # noqa: S606 a fixed list


def _entry(city: City, serving: Path) -> dict[str, object]:
    settings, units = city.settings, city.reference["units"]
    name = "name_en" if settings.language == "en" and "name_en" in units.columns else "name_zh"
    districts = units.filter(units["unit_kind"] == "district")
    return {
        "name": city.name,
        "title": [settings.title.zh, settings.title.en],
        "language": settings.language,
        "is_synthetic": settings.synthetic,
        "serving": str(serving),
        "districts": dict(zip(districts["unit_code"], districts[name], strict=True)),
        "boundaries": _boundaries(city),
    }


def _boundaries(city: City) -> dict[str, str]:
    """boundaries.csv of the city's folder, where there is one: unit → outer ring."""
    file = city.folder / "boundaries.csv"
    if not file.exists():
        return {}
    known = set(city.reference["units"]["unit_code"])
    rings: dict[str, str] = {}
    with file.open(encoding="utf-8", newline="") as rows:
        for number, row in enumerate(csv.DictReader(rows), start=2):
            unit = row.get("unit_code") or ""
            if unit not in known:
                raise UsageError(f"{file} row {number}: unit_code {unit!r} is not in units.csv", "correct the code")
            try:
                ring = json.loads(row.get("ring") or "")
                is_ring = len(ring) >= 4 and ring[0] == ring[-1] and all(len(point) == 2 for point in ring)
            except (ValueError, TypeError):
                is_ring = False
            if not is_ring:
                raise UsageError(
                    f"{file} row {number}, column ring: not a closed ring",
                    "write [[longitude,latitude],…], first = last",
                )
            rings[unit] = json.dumps(ring)
    return rings
