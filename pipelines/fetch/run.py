"""Fetching one source: pages are kept as they come, so that a fetch that broke off goes on; a whole one is moved into
the inbox in one step, and only then the cursor moves.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pipelines.city.fetch import FetchFile, FetchPages, FetchWindows, Pages
from pipelines.city.models import Source
from pipelines.errors import CityevalError, DataError, UsageError
from pipelines.fetch.client import Broken, Client
from pipelines.fetch.pages import rows_of, value_of
from pipelines.files import sha256, write_text
from pipelines.ingest.landing import private_folder
from pipelines.settings import CityHome

AHEAD = timedelta(days=1)  # local time may be ahead of UTC, and a clock wrong by minutes
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class Fetched:
    """``file`` lies in the inbox; None where nothing new was there."""

    source: str
    file: Path | None
    rows: int | None = None


def fetch_source(
    source: Source,
    home: CityHome,
    *,
    say: Callable[[str], None],
    now: datetime | None = None,
    pause: Callable[[float], None] | None = None,
) -> Fetched:
    """Fetch what is new of ``source``. The caller holds the city's lock.

    Raises UsageError where the source has no ``fetch``, DataError where the interface fails; what came is kept.
    """
    spec = source.fetch
    if spec is None:
        raise UsageError(f"{source.source} says nothing about fetching", "add fetch: to its file under sources/")
    client = Client(spec, source.source, say, pause=pause or time.sleep)
    job = _Job(source, home, client, now or datetime.now(UTC).replace(tzinfo=None, microsecond=0))
    if isinstance(spec, FetchFile):
        return job.file()
    return job.windows(spec) if isinstance(spec, FetchWindows) else job.pages(spec)


def fetch_all(
    sources: Iterable[Source], home: CityHome, *, say: Callable[[str], None]
) -> tuple[list[Fetched], list[CityevalError]]:
    """Fetch each of ``sources``: one interface that fails does not keep the others from being fetched."""
    done: list[Fetched] = []
    failed: list[CityevalError] = []
    for source in sources:
        try:
            done.append(fetch_source(source, home, say=say))
        except CityevalError as error:
            failed.append(error)
    return done, failed


class _Job:
    def __init__(self, source: Source, home: CityHome, client: Client, now: datetime) -> None:
        self.source, self.home, self.client, self.now = source, home, client, now
        self.work = private_folder(home.landing, f".fetch-{source.source}")
        self.cursor_file = home.lake / "fetch" / f"{source.source}.json"
        self.cursor: dict[str, Any] = (
            json.loads(self.cursor_file.read_text(encoding="utf-8")) if self.cursor_file.is_file() else {}
        )

    def file(self) -> Fetched:
        part = self.work / "download.part"
        told = self.work / "download.json"
        known = json.loads(told.read_text(encoding="utf-8")) if told.is_file() and part.is_file() else {}

        def once() -> bool:
            nonlocal known
            have = part.stat().st_size if part.is_file() and known.get("tag") else 0
            headers = {"Range": f"bytes={have}-", "If-Range": known["tag"]} if have else {}
            if not have:
                headers = {
                    name: self.cursor[key]
                    for name, key in (("If-None-Match", "etag"), ("If-Modified-Since", "modified"))
                    if self.cursor.get(key)
                }
            answer, body = self.client.stream(headers)
            if answer.status_code == 304:
                return False
            if answer.status_code == 416:  # nothing is left to come: the fetch was killed after the last byte
                if answer.headers.get("Content-Range") == f"bytes */{have}":
                    return True
                part.unlink()
                return once()
            goes_on = answer.status_code == 206
            tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
            known = {"tag": tag, "etag": answer.headers.get("ETag"), "modified": answer.headers.get("Last-Modified")}
            write_text(json.dumps(known), told)
            before = have if goes_on else 0
            with part.open("ab" if goes_on else "wb") as file:
                for chunk in body:
                    file.write(chunk)
            length = answer.headers.get("Content-Length")
            if length is not None and "Content-Encoding" not in answer.headers:
                missing = before + int(length) - part.stat().st_size
                if missing:
                    raise Broken(f"{missing:,} bytes of the file are missing")
            return True

        if not self.client.trying(once):
            return Fetched(self.source.source, None)
        digest = sha256(part)
        if digest == self.cursor.get("sha256"):
            return self._finish(None, None, {**known, "sha256": digest})
        return self._finish(part, None, {**known, "sha256": digest})

    def pages(self, spec: FetchPages) -> Fetched:
        since = self.cursor.get("since") or (spec.since.first if spec.since else "")
        query = dict(spec.query)
        if spec.since:
            query[spec.since.parameter] = spec.since.text.replace("{since}", since)
        rows, header = self._collect(spec.pages, query, since, spec.format, spec.rows)
        if not rows:
            return self._finish(None, 0, dict(self.cursor))
        newest = since
        if spec.since:
            seen = [value for row in rows if (value := value_of(row, spec.since.column)) is not None]
            if not seen:
                raise DataError(
                    f"{self.source.source}: no row has {spec.since.column}, which tells how far the fetch came",
                    "correct since.column in the source's fetch",
                )
            newest = max([since, *self._until_now(seen, spec.since.column)])  # a cursor never moves back
        whole = self.work / "whole"
        with whole.open("w", encoding="utf-8", newline="") as file:
            if spec.format == "csv":
                writer = csv.DictWriter(file, header)
                writer.writeheader()
                writer.writerows(rows)
            else:
                file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return self._finish(whole, len(rows), {"since": newest} if spec.since else {})

    def _until_now(self, seen: list[str], column: str) -> list[str]:
        """``seen`` without days that are still to come: with one slip of the pen the cursor would wait for that year,
        and nothing would be fetched until then."""
        last = f"{self.now + AHEAD:%Y-%m-%dT%H:%M:%S}"
        kept = [value for value in seen if not (DAY.match(value) and value[:19].replace(" ", "T") > last)]
        if len(kept) < len(seen):
            self.client.say(
                f"{self.source.source}: {column} of {len(seen) - len(kept):,} rows is still to come; these rows are "
                "taken in, and the cursor does not follow them"
            )
        return kept

    def windows(self, spec: FetchWindows) -> Fetched:
        upto = self.cursor.get("upto")
        begins = spec.begins
        start = begins.astimezone(UTC).replace(tzinfo=None) if begins.tzinfo else begins
        if upto:
            start = max(start, datetime.fromisoformat(upto) - timedelta(days=spec.overlap_days))
        found: dict[str, Any] = {}
        while start < self.now:
            end = min(start + timedelta(days=spec.window_days), self.now)
            query = {**spec.query, "start_date": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end_date": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
            rows, _ = self._collect(spec.pages, query, query["start_date"] + query["end_date"], "json", "")
            for row in rows:
                found[value_of(row, "service_request_id") or json.dumps(row, sort_keys=True)] = row
            start = end
        whole = self.work / "whole"
        with whole.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in found.values())
        return self._finish(whole if found else None, len(found), {"upto": self.now.isoformat()})

    def _collect(
        self, pages: Pages, query: dict[str, str], since: str, kind: str, where: str
    ) -> tuple[list[Any], list[str]]:
        """All rows of one query. Pages that came before a fetch broke off are read from disk."""
        name = hashlib.sha256(json.dumps([query, since], sort_keys=True).encode()).hexdigest()[:16]
        rows: list[Any] = []
        header: list[str] = []
        before = b""
        for number, answer_rows, answer_header, body in self._walk(pages, query, name, kind, where):
            if body == before and answer_rows:
                raise DataError(
                    f"{self.source.source}: page {number + 1} is the same as the page before it",
                    "the interface does not know the parameters under pages:; correct them",
                )
            if header and answer_header and answer_header != header:
                raise DataError(
                    f"{self.source.source}: page {number + 1} has other columns than the first page",
                    "fetch again; if it stays so, ask who runs the interface",
                )
            before, header = body, header or answer_header
            rows += answer_rows
        return _once_each(rows), header

    def _walk(
        self, pages: Pages, query: dict[str, str], name: str, kind: str, where: str
    ) -> Iterator[tuple[int, list[Any], list[str], bytes]]:
        taken = 0
        for number in range(self.client.spec.limits.pages):
            kept = self.work / f"{name}-{number:06d}.page"
            parameters = {**query, pages.limit: str(pages.size)}
            if pages.offset:  # by what came, not by what was asked for: servers cap the size of a page
                parameters[pages.offset] = str(taken)
            else:
                parameters[pages.number] = str(pages.first + number)
            if kept.is_file():
                body = kept.read_bytes()
                header, rows = json.loads(body)
            else:
                header, rows = rows_of(self.client.whole(parameters), kind, where, self.source.source)
                body = json.dumps([header, rows], ensure_ascii=False).encode()
                write_text(body.decode(), kept)
            taken += len(rows)
            yield number, rows, header, body
            if not rows:
                return
        raise DataError(
            f"{self.source.source}: more than {self.client.spec.limits.pages} pages",
            "narrow query or since, or raise limits.pages of the source's fetch",
        )

    def _finish(self, whole: Path | None, rows: int | None, cursor: dict[str, Any]) -> Fetched:
        target = None
        if whole is not None:
            inbox = self.home.inbox / self.source.source
            inbox.mkdir(parents=True, exist_ok=True)
            spec = self.client.spec
            target = inbox / spec.file.replace("{at}", f"{self.now:%Y%m%d%H%M%S}")
            whole.replace(target)
        write_text(json.dumps(cursor, ensure_ascii=False, indent=1), self.cursor_file)
        shutil.rmtree(self.work)
        return Fetched(self.source.source, target, rows)


def _once_each(rows: list[Any]) -> list[Any]:
    """Rows without those that came twice, as they do where rows shift while pages are turned."""
    return list({json.dumps(row, sort_keys=True, ensure_ascii=False): row for row in rows}.values())
