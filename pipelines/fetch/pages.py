"""Reading one page of rows, whatever the server calls it, and telling when it is none."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import requests

from pipelines.errors import DataError


def rows_of(answer: requests.Response, kind: str, where: str, source: str) -> tuple[list[str], list[Any]]:
    """The rows of a page: objects of a JSON list, or a CSV's header and its records as dictionaries.

    ``where`` is the dotted place of the list in the JSON. Raises DataError for an error page sent as if it were data.
    """
    body = answer.content
    start = body.lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise DataError(
            f"{source}: {answer.url} sent a web page instead of {kind}",
            "open the address in a browser: a login or an error page may stand there",
        )
    if kind == "csv":
        reader = csv.DictReader(io.StringIO(body.decode("utf-8-sig", errors="replace"), newline=""))
        rows = list(reader)
        return list(reader.fieldnames or []), rows
    try:
        found: Any = json.loads(body)
    except ValueError as error:
        raise DataError(
            f"{source}: {answer.url} sent no valid JSON: {error}", "look at the answer; the interface may be broken"
        ) from error
    for key in [part for part in where.split(".") if part]:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, list):
        told = f"no list under rows: {where}" if where else "no list of rows"
        raise DataError(f"{source}: {answer.url} holds {told}", "correct rows: in the source's fetch")
    return [], found


def value_of(row: Any, dotted: str) -> str | None:
    """The text at ``dotted`` in a row; None where there is none."""
    if isinstance(row, dict) and dotted in row:
        found: Any = row[dotted]
    else:
        found = row
        for key in dotted.split("."):
            found = found.get(key) if isinstance(found, dict) else None
    return None if found in (None, "") else str(found)
