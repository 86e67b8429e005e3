"""Regular expressions and globs in a city's settings."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Annotated

import polars as pl
from pydantic import AfterValidator

UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")  # endings of files that are still being written


def _is_pattern(value: str) -> str:
    """Both readers of patterns must know it: the one for whole columns has no look-around and no back-references."""
    try:
        re.compile(value)
        pl.Series([""]).str.contains(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from error
    except pl.exceptions.PolarsError as error:
        why = next((line for line in str(error).splitlines() if line.startswith("error: ")), "error: not understood")
        raise ValueError(f"{value!r} cannot be used: {why.removeprefix('error: ')}") from error
    return value


def _has_one_group(value: str) -> str:
    if re.compile(value).groups != 1:
        raise ValueError(f"{value!r} needs exactly one pair of brackets ( ) around what is to be taken out")
    return value


def _has_groups(value: str) -> str:
    if re.compile(value).groups < 1:
        raise ValueError(f"{value!r} needs a pair of brackets ( ) around what is to be taken out")
    return value


def _is_glob(value: str) -> str:
    """A glob that can be looked for at any depth of a folder, and leads nowhere else."""
    parts = value.replace("\\", "/").split("/")
    if not value.strip():
        raise ValueError("it is blank; write a glob such as '*.csv'")
    if value.startswith("/") or re.match(r"[A-Za-z]:[/\\]", value) or ".." in parts:
        raise ValueError(
            f"{value!r} leads out of the folder that is looked through; write the name only, such as {parts[-1]!r}: "
            "--input names the folder"
        )
    if any("**" in part and part != "**" for part in parts):
        raise ValueError(f"{value!r}: ** can only stand for whole folders; write * for a part of a name")
    return value


Glob = Annotated[str, AfterValidator(_is_glob)]
Pattern = Annotated[str, AfterValidator(_is_pattern)]
Extract = Annotated[Pattern, AfterValidator(_has_one_group)]
Extracts = Annotated[Pattern, AfterValidator(_has_groups)]


def of_any_case(glob: str) -> str:
    """``glob`` with its endings in either case: Windows programs write .CSV and .XLSX. All before a point counts."""

    def either(ending: re.Match[str]) -> str:
        return "".join(f"[{c.lower()}{c.upper()}]" if c.isascii() and c.isalpha() else c for c in ending[0])

    return re.sub(r"\.[A-Za-z0-9]+(?=$|[.*?])", either, glob)


def is_file_of(name: str, glob: str) -> bool:
    """True if a file of that name fits ``glob``; the case of its endings does not count."""
    return fnmatchcase(name, of_any_case(glob))


def fits(name: str, globs: tuple[str, ...]) -> bool:
    """True if ``name`` is one of ``globs`` letter by letter, or fits one of them (``*``, ``?``, ``[…]``)."""
    return any(name == glob.strip() or fnmatchcase(name, glob.strip()) for glob in globs)
