"""A .zip, .tar or .tar.gz as the files in it: each member that belongs to the source is a delivery of its own."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from pipelines.city.models import Source
from pipelines.city.patterns import is_file_of
from pipelines.ingest.joins import is_second
from pipelines.ingest.refusal import Refusal
from pipelines.ingest.sniff import sniff, starts_archive

BLOCK = 1 << 20
MAX_NAME = 200  # bytes of a member's own name: what file systems take, less the door's own prefix
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


@dataclass(frozen=True)
class Member:
    """A file of an archive: ``name`` is what the ledger calls it, archive.zip/folder/inner.csv; ``path`` is where it
    has been unpacked to, until the next one is asked for. ``seconds`` are the second files of the same archive.
    """

    name: str
    path: Path
    seconds: dict[str, Path]


@dataclass(frozen=True)
class _Entry:
    """A file as the archive lists it."""

    name: str
    size: int
    is_plain: bool  # neither link nor device
    is_encrypted: bool
    handle: zipfile.ZipInfo | tarfile.TarInfo


def is_archive(path: Path) -> bool:
    """True if ``path`` is an archive by its content, or by its name where the content does not tell."""
    return path.stat().st_size > 0 and sniff(path) == "archive"


def check_archive(path: Path, source: Source) -> None:
    """Look at every member, unpacking it into nothing. Raises Refusal where the archive is damaged, encrypted, larger
    than the source's limits, holds archives, links or names that lead out of it, or nothing that belongs to the source.
    """
    _look(path, source, None)


def members(path: Path, source: Source, scratch: Path) -> Iterator[Member]:
    """The members of ``path`` that belong to ``source``, in the order of the archive, one after the other: each is
    unpacked below ``scratch`` and gone when the next one is asked for. Second files of joins are not among them.

    All of the archive is looked at first; raises Refusal like ``check_archive`` before any member comes out.
    """
    kept = scratch / "seconds"
    kept.mkdir()
    seconds = _look(path, source, kept)
    folder = scratch / "member"
    for entry, file in _entries(path):
        if not _belongs(entry, source) or is_second(source, PurePosixPath(entry.name).name):
            continue
        folder.mkdir(exist_ok=True)
        target = folder / PurePosixPath(entry.name).name
        try:
            with file() as data, target.open("wb") as out:
                while block := data.read(BLOCK):
                    out.write(block)
            yield Member(f"{path.name}/{entry.name}", target, seconds)
        finally:
            target.unlink(missing_ok=True)


def _look(path: Path, source: Source, keep: Path | None) -> dict[str, Path]:
    """Check everything; unpack the second files into ``keep`` and return them by name."""
    limits, total, count, fitting = source.archive, 0, 0, 0
    seconds: dict[str, Path] = {}
    names: set[str] = set()
    try:
        for entry, file in _entries(path):
            count += 1
            if count > limits.max_members:
                raise Refusal("too-large", f"more than {limits.max_members:,} members (archive.max_members)", rows=0)
            _check_name(entry)
            if not _belongs(entry, source):
                total = _within(total + entry.size, limits.max_bytes)
                continue
            if entry.name in names:
                raise Refusal("bad-archive", f"{entry.name!r} is in it twice", rows=0)
            names.add(entry.name)
            second = is_second(source, PurePosixPath(entry.name).name)
            fitting += not second
            target = keep / PurePosixPath(entry.name).name if keep is not None and second else None
            if target is not None and target.exists():
                raise Refusal("bad-archive", f"two second files are called {target.name!r}", rows=0)
            total = _read(entry, file, total, limits.max_bytes, target)
            if target is not None:
                seconds[entry.name] = target
    except DAMAGED as error:
        raise Refusal("unreadable-file", f"the archive is damaged or cut off ({error})", rows=0) from error
    if not fitting:
        raise Refusal("empty-file", f"none of its {count:,} members fits {', '.join(limits.members)}", rows=0)
    return seconds


def _read(entry: _Entry, file: _Opener, total: int, limit: int, target: Path | None) -> int:
    """Read a member to its end, whatever size it claims to have; returns the new total of bytes."""
    with file() as data:
        head = data.read(BLOCK)
        if starts_archive(head, entry.name):
            raise Refusal("bad-archive", f"{entry.name!r} is an archive inside the archive", rows=0)
        out = target.open("wb") if target is not None else None
        try:
            block = head
            while block:
                total = _within(total + len(block), limit)
                if out is not None:
                    out.write(block)
                block = data.read(BLOCK)
        finally:
            if out is not None:
                out.close()
    return total


def _within(total: int, limit: int) -> int:
    if total > limit:
        raise Refusal("too-large", f"its members are larger than {limit:,} bytes (archive.max_bytes)", rows=0)
    return total


def _check_name(entry: _Entry) -> None:
    path = PurePosixPath(entry.name)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.name or "\0" in entry.name or ":" in path.parts[0]:
        raise Refusal("bad-archive", f"the name {entry.name!r} leads out of the archive", rows=0)
    if len(path.name.encode("utf-8", "replace")) > MAX_NAME:
        raise Refusal("bad-archive", f"the name {entry.name[:40]!r}… is too long", rows=0)
    if not entry.is_plain:
        raise Refusal("bad-archive", f"{entry.name!r} is a link or device", rows=0)
    if entry.is_encrypted:
        raise Refusal("bad-archive", f"{entry.name!r} is encrypted", rows=0)


def _belongs(entry: _Entry, source: Source) -> bool:
    path = PurePosixPath(entry.name)
    if any(part in JUNK for part in path.parts) or path.name.startswith((".", "~$")):
        return False
    globs = source.archive.members
    return any(is_file_of(entry.name, glob) or is_file_of(path.name, glob) for glob in globs) or is_second(
        source, path.name
    )


class _Opener:
    """Opens one member, while its archive is open."""

    def __init__(self, archive: zipfile.ZipFile | tarfile.TarFile, entry: _Entry) -> None:
        self._archive, self._entry = archive, entry

    @contextmanager
    def __call__(self) -> Iterator[IO[bytes]]:
        file: IO[bytes] | None
        if isinstance(self._archive, zipfile.ZipFile):
            file = self._archive.open(self._entry.handle)  # type: ignore[arg-type]
        else:
            file = self._archive.extractfile(self._entry.handle)  # type: ignore[arg-type]
        if file is None:
            raise OSError(f"{self._entry.name} cannot be opened")
        with file:
            yield file


def _entries(path: Path) -> Iterator[tuple[_Entry, _Opener]]:
    """The files of an archive in its own order; folders are left out."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                mode = info.external_attr >> 28
                entry = _Entry(_name(info), info.file_size, mode in (0, 0o10), bool(info.flag_bits & 1), info)
                yield entry, _Opener(archive, entry)
        return
    with tarfile.open(path, "r:*") as tar:
        for item in tar:
            if item.isdir():
                continue
            entry = _Entry(item.name.removeprefix("./"), item.size, item.isreg(), is_encrypted=False, handle=item)
            yield entry, _Opener(tar, entry)
            tar.members = []  # type: ignore[attr-defined] # what was read is not kept


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name; one that does not say it is UTF-8 is in UTF-8 or GB18030 all the same, as programs do it."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.orig_filename.split("\0")[0].encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename
