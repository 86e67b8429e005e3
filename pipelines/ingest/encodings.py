"""Which encodings a text file is in: byte order marks, whole files in UTF-16, records in one of several encodings."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

BLOCK = 1 << 22
# Longer ones first: the mark of UTF-32 LE starts with that of UTF-16 LE.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
NO_TEXT = "cityeval.no_text"  # names the handler below


def _no_text(error: UnicodeError) -> tuple[str, int]:
    """Half of a surrogate pair in the place of what cannot be decoded: it can be written, and is no UTF-8."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(NO_TEXT, _no_text)


def marked(head: bytes) -> tuple[str, int]:
    """The encoding that a byte order mark at the start of ``head`` tells, and the mark's length; ("", 0) without."""
    return next(((name, len(mark)) for mark, name in MARKS if head.startswith(mark)), ("", 0))


def with_order(name: str, head: bytes) -> str:
    """``name`` with the byte order told, for a file without a mark: by where the zero bytes of its first character
    stand, else little-endian."""
    if name in ("utf-16", "utf-32"):
        return f"{name}-be" if head[:1] == b"\0" else f"{name}-le"
    return name


def rewrite(source: BinaryIO, encoding: str, target: Path, *, strict: bool) -> None:
    """Write what is left of ``source`` as UTF-8. What cannot be decoded raises UnicodeDecodeError or, not ``strict``,
    becomes bytes that are no UTF-8, so that only the records in which they stand are lost.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict" if strict else NO_TEXT)
    with target.open("wb") as out:
        while block := source.read(BLOCK):
            out.write(decoder.decode(block).encode("utf-8", "surrogatepass"))
        out.write(decoder.decode(b"", final=True).encode("utf-8", "surrogatepass"))


def decode(raw: bytes, names: Sequence[str]) -> str | None:
    """``raw`` in the first of the encodings that it is valid in; None where there is none."""
    for name in names:
        try:
            text = raw.decode(name)
            if not name.startswith("utf-8"):
                text.encode()  # GB18030 can spell halves of surrogate pairs
        except (UnicodeDecodeError, UnicodeEncodeError):
            continue
        return text
    return None


def first_bad_byte(raw: bytes, name: str) -> int:
    """The 1-based place of the first byte of ``raw`` that is not valid in ``name``."""
    try:
        raw.decode(name)
    except UnicodeDecodeError as error:
        return error.start + 1
    return 1
