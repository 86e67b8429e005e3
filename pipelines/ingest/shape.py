"""Records with too many or too few fields, which Polars pads or cuts without a word."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.ingest.csv_table import BLOCK, CsvTable, opened, records


@dataclass(frozen=True)
class Shape:
    """Record numbers (the header being 1) whose fields do not match the header, and of wholly blank records."""

    broken: tuple[int, ...] = ()
    blank: tuple[int, ...] = ()


def adds_up(table: CsvTable, rows: int) -> bool:
    """True if the file holds exactly the delimiters that ``rows`` full records and the header need.

    A quick look (about a second per gigabyte) that needs no parsing: quoted stretches are taken out, then
    delimiters are counted. False means: look record by record.
    """
    delimiter, quote = table.delimiter.encode(), table.quote.encode()
    quoted = re.compile(re.escape(quote) + b"[^" + re.escape(quote) + b"]*" + re.escape(quote)) if quote else None
    found, rest = 0, b""
    with opened(table.path) as file:
        while block := file.read(BLOCK):
            text = rest + block
            rest = b""
            if quoted is not None and quote in text:
                if text.count(quote) % 2:
                    cut = text.rfind(quote)
                    text, rest = text[:cut], text[cut:]
                text = quoted.sub(b"", text)
            found += text.count(delimiter)
    return not rest and found == (rows + 1) * (len(table.headers) - 1)


def look(table: CsvTable) -> Shape:
    """Record by record: which are broken, which are blank. For files that do not add up only."""
    width = len(table.headers)
    broken: list[int] = []
    blank: list[int] = []
    for number, record in enumerate(records(table), start=1):
        if number == 1:
            continue
        if not any(field.strip() for field in record):
            blank.append(number)
        elif len(record) != width:
            broken.append(number)
    return Shape(tuple(broken), tuple(blank))
