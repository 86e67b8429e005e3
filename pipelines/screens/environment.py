"""Superset's own environment: which cities it shows, its variables, its programs, its web server."""

from __future__ import annotations

import csv
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.city import City, load_city
from pipelines.errors import DataError, UsageError
from pipelines.files import write_text
from pipelines.screens.names import names_of
from pipelines.settings import REPO, Settings, city_home

ENVIRONMENT = REPO / ".venv-superset"


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


def shown_cities(home: Path | None) -> list[str]:
    """The cities that the screens were last set up for; empty before the first set-up."""
    file = screens_home(home) / "cities.json"
    return [entry["name"] for entry in json.loads(file.read_text(encoding="utf-8"))] if file.exists() else []


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
    _run(home, arguments)


def people(home: Path | None, entries: Iterable[str], *, new_password: bool = False) -> dict[str, str]:
    """Create people, each NAME:ROLE:SCOPE, or set their roles; returns the passwords that are new, by name."""
    if not shown_cities(home):
        raise UsageError("the dashboards were not set up yet", "`cityeval dashboards bootstrap` first")
    options = ["--new-password"] if new_password else []
    said = _run(home, ["-m", "dashboards.users", *options, *entries], output=subprocess.PIPE)
    return dict(json.loads(said.splitlines()[-1]))


def _run(home: Path | None, arguments: Iterable[str], output: int | None = None) -> str:
    call = [str(_program("python")), *arguments]
    done = subprocess.run(call, env=environment(home), cwd=REPO, stdout=output, text=True, check=False)
    if done.returncode:
        raise DataError(f"{' '.join(call[1:])} ended with code {done.returncode}", "its messages stand above")
    return done.stdout or ""


def _program(name: str) -> Path:
    program = ENVIRONMENT / "bin" / name
    if not program.exists():
        raise UsageError("the environment of the dashboards is not installed", "run `make dashboards`")
    return program


def _web_server(home: Path | None, address: str) -> tuple[list[str], dict[str, str]]:
    call = [str(_program("gunicorn")), "--config", "python:dashboards.web_server", "superset.app:create_app()"]
    return call, {**environment(home), "CITYEVAL_SUPERSET_BIND": address}


def serve(home: Path | None, address: str) -> None:
    """Become the web server: the process is replaced."""
    call, variables = _web_server(home, address)
    os.chdir(REPO)
    sys.stderr.flush()
    os.execve(call[0], call, variables)  # noqa: S606 a fixed list


@contextmanager
def served(home: Path | None) -> Iterator[str]:
    """The address of a web server of one's own on a free port, for as long as it is needed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    call, variables = _web_server(home, address)
    server = subprocess.Popen(call, cwd=REPO, env=variables)
    try:
        _wait(f"http://{address}/login/", server)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait(60)


def _wait(url: str, server: subprocess.Popen[bytes], seconds: int = 300) -> None:
    """Until ``url`` answers. Raises DataError where the server ended or took too long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=30):  # noqa: S310 our own server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise DataError(f"{url} does not answer", "its messages stand above; `cityeval dashboards bootstrap` first")


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
        "names": names_of(city),
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
