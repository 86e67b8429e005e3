"""What all commands share: the application, its options, and the two ways to say something."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from pipelines.errors import UsageError
from pipelines.settings import CityHome, city_home

# Beside a rate whose deadlines rest on days of which no official calendar speaks.
PROVISIONAL = {"zh": "暂定：时限按未公布的日历推算", "en": "provisional: no official calendar"}

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="`cityeval`: the command line (design: stable). People read standard error and tables, programs read --json.",
)
STATES = {"provisional": "暂定 provisional", "draft": "草稿 draft", "final": "定稿 final"}
# A pipe has no width of its own; 80 columns would cut Chinese remarks.
WIDTH = None if sys.stdout.isatty() else 140
people = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 140)
out = Console(highlight=False, width=WIDTH)

CityOption = Annotated[str, typer.Option("--city", help="name of a city, or the path of a city folder")]
HomeOption = Annotated[Path | None, typer.Option("--home", help="CITYEVAL_HOME for this call (default ./var)")]
PeriodOption = Annotated[str, typer.Option("--period", help="2026-10-05, 2026-W44, 2026-10, 2026-Q4, 2026-H2 or 2026")]
JsonOption = Annotated[bool, typer.Option("--json", help="one JSON document on standard output")]


def say(message: str) -> None:
    people.print(f"[dim]{datetime.now():%H:%M:%S}[/dim] {escape(message)}", soft_wrap=True)


def print_json(document: dict[str, Any] | list[dict[str, Any]]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def file_can_be_written(path: Path | None) -> None:
    """Make the folder of ``path``; before the work, not after it. Raises UsageError where no file can be there."""
    if path is not None and path.is_dir():
        raise UsageError(f"{path} cannot be written: it is a folder", "name a file in it")
    folder_can_be_written(path and path.parent)


def folder_can_be_written(folder: Path | None) -> None:
    """Make ``folder``. Raises UsageError where no file can be in it."""
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"nothing can be written into {folder}: {error.strerror}", "name another folder") from error


def home_of(city: str, home: Path | None) -> tuple[str, CityHome]:
    """Name and folders of the city that is named or whose folder is given."""
    from pipelines.city import load_city  # noqa: PLC0415 keeps --help fast

    name = load_city(city).name
    return name, city_home(name, home)


def settled(document: Mapping[str, Any]) -> str:
    """How far the figures of an answer (its ``state`` and ``version``) are settled, in a few words."""
    version = f" v{document['version']}" if document["version"] else ""
    begun = f", counted from {document['counts_from']}" if document.get("counts_from") else ""
    return f"{STATES[document['state']]}{version}{begun}"
