"""The encodings that ``csv.encoding`` may name."""

from __future__ import annotations

import codecs
from typing import Annotated

from pydantic import AfterValidator

from pipelines.city.hints import nearest

COMMON = ("utf-8", "gb18030", "gbk", "big5", "utf-16", "cp1252", "latin-1")
SAFE = '\n\r,"0aA'  # where these have other bytes than in ASCII, the records of a file cannot be told apart


def codec_name(name: str) -> str:
    """Python's name of an encoding of texts. Raises ValueError with a hint for one that nobody knows."""
    try:
        codec = codecs.lookup(name).name
        if not is_wide(codec) and SAFE.encode(codec) != SAFE.encode("ascii"):
            raise LookupError(name)
    except (LookupError, ValueError, TypeError) as error:
        hint = nearest(name, COMMON)
        raise ValueError(f"{name!r} is not known{hint}; use {', '.join(COMMON)} or a name Python knows") from error
    return {"utf-8-sig": "utf-8", "ascii": "utf-8"}.get(codec, codec)


def is_wide(name: str) -> bool:
    """True for UTF-16 and UTF-32, whose line ends cannot be found byte by byte: a whole file is in them, or none."""
    return name.startswith(("utf-16", "utf-32"))


Encoding = Annotated[str, AfterValidator(codec_name)]
