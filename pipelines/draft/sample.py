"""A sample file as the door would read it, with what had to be guessed to read it."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.city.models import Source
from pipelines.draft.dialect import csv_layout, json_layout, xlsx_layout
from pipelines.errors import UsageError
from pipelines.ingest.archive import members
from pipelines.ingest.read import open_table
from pipelines.ingest.refusal import Refusal
from pipelines.ingest.sniff import sniff
from pipelines.ingest.table import FAULT, Ragged

MOST_ROWS = 200_000


@dataclass
class Sample:
    """``frame`` holds up to 200,000 rows of text, columns named by the file's headers; ``layout`` the keys of a source
    (csv, xlsx, json, archive) that say how to read it; ``why`` a reason for each of them.
    """

    name: str
    frame: pl.DataFrame
    kind: str
    layout: dict[str, dict[str, Any]] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    faults: int = 0

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(self.frame.columns)

    @property
    def glob(self) -> str:
        """The file's name with what changes from delivery to delivery (runs of digits) left open."""
        stem, dot, rest = self.name.partition(".")
        left = re.sub(r"\d{4,}[\d_\-.年月日截至]*", "*", stem)
        # A number of four or five digits before a word (12345, 311) is a name, not a date.
        keep = re.match(r"\d{3,5}(?=\D)", stem)
        if keep and not re.match(r"(19|20)\d\d", stem):
            left = keep[0] + re.sub(r"\d{4,}[\d_\-.年月日截至]*", "*", stem[keep.end() :])
        left = re.sub(r"\d+(?=[轮期批号])", "*", left)
        left = re.sub(r"\*[截至_\-]*\*?", "*", left).replace("**", "*")
        return (left if left.strip("*_- ") else "*") + dot + rest

    @property
    def extracted_at(self) -> dict[str, Any]:
        """The ``extracted_at`` key if the name tells a moment or a day: the last one that it holds; else empty."""
        stem = self.name.partition(".")[0]
        for digits, form in ((14, "%Y%m%d%H%M%S"), (8, "%Y%m%d")):
            found = re.findall(rf"(\D?)((?:19|20)\d{{{digits - 2}}})(?!\d)", stem)
            if found and is_moment(found[-1][1], form):
                return {"from_file_name": rf"{re.escape(found[-1][0])}(\d{{{digits}}})", "formats": [form]}
        return {}


def is_moment(text: str, form: str) -> bool:
    """Whether ``text`` can be read as a moment written in ``form``."""
    return pl.Series([text]).str.to_datetime(form, strict=False)[0] is not None


def read_sample(path: Path) -> Sample:
    """Read ``path``. Raises UsageError naming the file where it cannot be read."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", "name one --from for each of the files in it")
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file", "check the path")
    if path.stat().st_size == 0:
        raise UsageError(f"{path}: the file has no bytes", "give a file with records")
    with tempfile.TemporaryDirectory(prefix="cityeval-draft-") as scratch:
        try:
            if sniff(path) == "archive":
                return _first_member(path, Path(scratch))
            return _read(path, path.name, Path(scratch))
        except Refusal as refusal:
            raise UsageError(f"{path}: {refusal}", "mend the file, or describe the source by hand") from refusal


def _first_member(path: Path, scratch: Path) -> Sample:
    inner = scratch / "inner"
    inner.mkdir()
    for member in members(path, _stub({}), scratch):
        if member.path.stat().st_size:
            sample = _read(member.path, member.path.name, inner)
            ending = "".join(member.path.suffixes[-2:]) if member.path.suffix == ".gz" else member.path.suffix
            sample.layout["archive"] = {"members": [f"*{ending}"]}
            sample.why.append(f"archive: drafted from its first file, {member.path.name}")
            sample.name = path.name
            return sample
    raise UsageError(f"{path}: no file in it holds anything", "give an archive with records")


def _read(path: Path, name: str, scratch: Path) -> Sample:
    kind = sniff(path)
    layout: dict[str, dict[str, Any]] = {}
    why: list[str] = []
    if kind == "csv":
        layout["csv"], why = csv_layout(path)
    elif kind == "xlsx":
        layout["xlsx"], why = xlsx_layout(path)
    elif kind in ("json", "jsonl"):
        layout["json"], why = json_layout(path, is_lines=kind == "jsonl")
    layout = {key: value for key, value in layout.items() if value}
    table = open_table(path, _stub(layout), scratch)
    headers = table.headers
    wanted = [i for i, header in enumerate(headers) if header and headers.index(header) == i]
    try:
        frames = _some(table.batches(wanted))
    except Ragged:
        frames = _some(table.batches(wanted, tolerant=True))
    frame = pl.concat(frames, how="diagonal") if frames else pl.DataFrame(schema={f"c{i}": pl.String for i in wanted})
    faults = frame[FAULT].count() if FAULT in frame.columns else 0
    frame = frame.select(pl.col(f"c{i}").str.strip_chars().replace("", None).alias(headers[i].strip()) for i in wanted)
    return Sample(name=name, frame=frame, kind=kind, layout=layout, why=why, faults=faults)


def _some(batches: Any) -> list[pl.DataFrame]:
    frames, rows = [], 0
    for batch in batches:
        frames.append(batch)
        rows += batch.height
        if rows >= MOST_ROWS:
            break
    return frames


def _stub(layout: dict[str, dict[str, Any]]) -> Source:
    return Source.model_validate(
        {
            "source": "draft",
            "title": {"zh": "草稿", "en": "Draft"},
            "contract": "cases",
            "files": ["*"],
            "columns": {"case_id": {"value": "-"}},
            **layout,
        }
    )
