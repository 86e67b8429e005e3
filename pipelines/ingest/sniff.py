"""What a file is: told by its first bytes where they tell, else by its name."""

from __future__ import annotations

import json
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Literal

from pipelines.ingest.csv_records import DAMAGED, opened
from pipelines.ingest.encodings import decode, marked

Kind = Literal["csv", "xlsx", "json", "jsonl", "parquet", "archive"]

HEAD = 1 << 16
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and a workbook with a password
ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
WORKBOOK_PARTS = ("xl/", "content.xml")
BY_NAME: dict[str, Kind] = {
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xlsb": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".json": "json",
    ".geojson": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".zip": "archive",
    ".tar": "archive",
    ".tgz": "archive",
}
TABLES = (".csv", ".tsv", ".txt")
COMPRESSED = ".gz"


def sniff(path: Path) -> Kind:  # noqa: PLR0911 a table of signs
    """What the file is; what cannot be told is CSV."""
    with path.open("rb") as file:
        first = file.read(8)
    if first.startswith(b"PAR1"):
        return "parquet"
    if first == OLE:
        return "xlsx"
    if first.startswith(b"PK") and first[2:4] in (b"\x03\x04", b"\x05\x06"):
        return _zip(path)
    if first.startswith(ARCHIVES):
        return "archive"
    try:
        with opened(path) as data:
            head = data.read(HEAD)
    except DAMAGED:
        head = b""
    if is_tar(head):
        return "archive"
    name = path.name.lower().removesuffix(COMPRESSED)
    named = BY_NAME.get(Path(name).suffix)
    if named in ("json", "jsonl") or (named is None and not name.endswith(TABLES)):
        return _json(head, named) or "csv"
    if named == "xlsx" and is_text(head):  # some systems call their text files .xls
        return "csv"
    if named == "archive" and name.endswith(".tar") and not head:
        return "archive"
    return named or "csv"


def is_text(head: bytes) -> bool:
    """True if ``head`` is neither binary nor the start of a web page or another XML document."""
    told, _ = marked(head)
    return bool(head) and (bool(told) or b"\0" not in head) and not is_page(head)


def is_page(head: bytes) -> bool:
    """True if ``head`` is the start of HTML or XML."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def starts_archive(head: bytes, name: str) -> bool:
    """True if the file ``name`` that starts with ``head`` is an archive (a workbook, which is a zip too, is none)."""
    is_zip = head.startswith((b"PK\x03\x04", b"PK\x05\x06")) and BY_NAME.get(Path(name.lower()).suffix) != "xlsx"
    if is_zip or head.startswith(ARCHIVES) or is_tar(head):
        return True
    if not head.startswith(b"\x1f\x8b"):
        return False
    try:
        return is_tar(zlib.decompressobj(wbits=31).decompress(head, tarfile.BLOCKSIZE))
    except zlib.error:
        return False


def is_tar(head: bytes) -> bool:
    """True if ``head`` is the first block of a tar: its checksum is right."""
    if len(head) < tarfile.BLOCKSIZE or not head[:1].strip(b"\0"):
        return False
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def _zip(path: Path) -> Kind:
    named = BY_NAME.get(path.suffix.lower())
    try:
        with zipfile.ZipFile(path) as book:
            names = book.namelist()
    except (zipfile.BadZipFile, *DAMAGED, ValueError, NotImplementedError):
        return "xlsx" if named == "xlsx" else "archive"
    is_workbook = any(name.startswith(WORKBOOK_PARTS) for name in names) and "[Content_Types].xml" in names
    is_workbook = is_workbook or ("content.xml" in names and "mimetype" in names)
    return "xlsx" if is_workbook or named == "xlsx" else "archive"


def _json(head: bytes, named: Kind | None) -> Kind | None:
    """JSON or JSON lines by the first characters of ``head``; what the name says where they do not tell."""
    told, length = marked(head)
    text = decode(head[length:], (told or "utf-8",)) or head[length:].decode(told or "utf-8", "ignore")
    text = text.lstrip()
    if not text.startswith(("{", "[")):
        return named
    if named == "jsonl" or text.startswith("["):
        return named or "json"
    first, _, rest = text.partition("\n")
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return named or "json"
    return "jsonl" if rest.strip() else named or "json"
