"""Fuzzing of the whole door: ``make fuzz`` (FUZZ_SECONDS=600). Not part of ``make test``.

Files are drawn: the bad files of tests/fixtures with bytes changed, CSV of random dialects and encodings, JSON,
workbooks, archives of all these. Whatever comes must be taken in, rejected row by row, or refused with a reason:
nothing may be raised, rows = accepted + rejected, the lake holds what the ledger says, and the same bytes in another
home end the same. What breaks this is kept below ``var/fuzz``, and the run goes on.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from pipelines.ingest.ledger import Delivery
from pipelines.ingest.reasons import WORDS
from tests.fixtures.city import fixture_city, take
from tests.fixtures.make import FOLDER, HEADERS, gzipped, row, tarred, zipped
from tests.unit.conftest import TinyCity

MEMORY = 6 << 30  # bytes of address space
LONGEST = 30.0  # seconds of CPU that one small file may take; the clock on the wall tells how busy the machine is
KEPT = Path("var/fuzz")
ROUND = 200
LIMITS = {"max_bytes": 2_000_000, "max_members": 20}
FIXTURES = {
    path.name: path.read_bytes()
    for path in sorted(FOLDER.iterdir())
    if path.suffix not in (".py", ".yaml") and path.is_file()
}
CELLS = st.one_of(
    st.sampled_from(
        ["A1", "01", "S1", "D1", "D9", "2026-10-01 08:00:00", "2026-02-30", "24:00", "0", "１", "-1", "1E+17"]
    ),
    st.sampled_from(["是", "", " ", "\u3000", "=1+1", "路灯,不亮", '"', "\n", "\r\n", "\0", "😀", "13800138000", "𠮷"]),
    st.text(max_size=12),
)
ROWS = st.one_of(
    st.builds(
        lambda number, at, cell: row(f"A{number}", **{HEADERS[at]: cell}), st.integers(0, 9), st.integers(0, 10), CELLS
    ),
    st.lists(CELLS, min_size=len(HEADERS), max_size=len(HEADERS)).map(tuple),
)
Drawn = tuple[str, bytes, dict[str, Any], int | None]  # name, content, settings, data rows where they are known


@st.composite
def mutated(draw: st.DrawFn) -> Drawn:
    name = draw(st.sampled_from(sorted(FIXTURES)))
    content = bytearray(FIXTURES[name])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        end = min(len(content), at + draw(st.integers(0, 64)))
        how = draw(st.sampled_from(["put", "cut", "double", "flip", "end"]))
        if how == "put":
            content[at:at] = draw(
                st.one_of(st.binary(max_size=8), st.sampled_from([b'"', b"\n", b"\r", b"\0", b",", b"\xff\xfe"]))
            )
        elif how == "cut":
            del content[at:end]
        elif how == "double":
            content[at:at] = content[at:end]
        elif how == "flip" and at < len(content):
            content[at] = draw(st.integers(0, 255))
        elif how == "end":
            del content[at:]
    own = {"columns": "open311"} if "json" in name else {}
    own |= draw(
        st.sampled_from(
            [{}, {"csv": {"encoding": ["utf-8", "gb18030"]}}, {"xlsx": {"header_row": 3}}, {"csv": {"skip_lines": 1}}]
        )
    )
    return draw(st.sampled_from([name, name, "cases.csv", "cases"])), bytes(content), own, None


@st.composite
def tables(draw: st.DrawFn) -> Drawn:
    """CSV that Python's own writer has written and Python's own reader counts."""
    rows = draw(st.lists(ROWS, max_size=8))
    mark, quote = draw(st.sampled_from([",", ";", "\t", "|"])), draw(st.sampled_from(['"', "'"]))
    out = io.StringIO()
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    writer = csv.writer(out, delimiter=mark, quotechar=quote, lineterminator=end, quoting=quoting)
    writer.writerows([HEADERS, *rows])
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
    content = out.getvalue().encode(encoding, "replace")
    # Python's writer leaves a single CR unquoted where records end with LF, and its reader ends a record there.
    read = csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=mark, quotechar=quote)
    known = [cells for cells in list(read)[1:] if any(cell.strip() for cell in cells)]
    own = {"csv": {"delimiter": mark, "quote": quote, "encoding": "utf-8" if encoding == "utf-8-sig" else encoding}}
    if draw(st.booleans()):
        own["only_rows"] = [{"column": "内容", "not_contains": "路"}]
    packed = draw(st.booleans())
    return "cases.csv.gz" if packed else "cases.csv", gzipped(content) if packed else content, own, len(known)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CELLS, inner, max_size=3),
    max_leaves=8,
)
REQUESTS = st.fixed_dictionaries(
    {
        "service_request_id": CELLS,
        "service_code": st.just("01"),
        "requested_datetime": CELLS | st.just("2026-10-01T00:00:00Z"),
    },
    optional={
        "extended_attributes": st.fixed_dictionaries({"ward": st.just("S1") | VALUES, "unit": st.just("D1")}) | VALUES
    },
)


@st.composite
def documents(draw: st.DrawFn) -> Drawn:
    records = draw(st.lists(REQUESTS | VALUES, max_size=5))
    if draw(st.booleans()):
        return (
            "cases.json",
            json.dumps(records, ensure_ascii=draw(st.booleans())).encode("utf-8", "replace"),
            {"columns": "open311"},
            None,
        )
    lines = "\n".join(json.dumps(record) for record in records)
    return "cases.jsonl", lines.encode(), {"columns": "open311"}, None


@st.composite
def workbooks(draw: st.DrawFn) -> Drawn:
    out = io.BytesIO()
    cells = (
        CELLS
        | st.integers(-(10**18), 10**18)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.none()
        | st.booleans()
    )
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": True}) as book:
        book.set_properties({"created": datetime(2026, 10, 1, tzinfo=UTC)})  # else the bytes depend on the clock
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADERS)
        for number in range(1, draw(st.integers(0, 4)) + 1):
            sheet.write_row(number + draw(st.integers(0, 3)), 0, row(f"A{number}"))
            for _ in range(draw(st.integers(0, 3))):
                sheet.write(number, draw(st.integers(0, 12)), draw(cells))
        if draw(st.booleans()):
            first = draw(st.integers(1, 4))
            sheet.merge_range(first, 2, first + draw(st.integers(1, 3)), 2, "S1")
    own = draw(st.sampled_from([{}, {"xlsx": {"fill_down": ["区域"]}}, {"xlsx": {"header_row": 2}}]))
    return "cases.xlsx", out.getvalue(), own, None


@st.composite
def archives(draw: st.DrawFn) -> Drawn:
    inner = draw(st.lists(mutated() | tables() | workbooks(), min_size=1, max_size=3))
    names = draw(
        st.lists(
            st.sampled_from(["a", "b/c", "../x", "/x", "深/层", "__MACOSX/a", ".a", "a" * 210, "C:"]),
            min_size=3,
            max_size=3,
        )
    )
    members = {f"{name}{number}_{one[0]}": one[1] for number, (name, one) in enumerate(zip(names, inner, strict=False))}
    kind = draw(st.sampled_from(["zip", "tar", "tar.gz"]))
    content = zipped(members) if kind == "zip" else tarred(members)
    content = gzipped(content) if kind == "tar.gz" else content
    if draw(st.integers(0, 3)) == 0:
        content = content[: draw(st.integers(0, len(content)))]
    return f"cases.{kind}", content, {}, None


def check(tiny: TinyCity, found: list[Delivery], data_rows: int | None) -> list[object]:
    """The invariants, and what came in, in a form that two runs can be compared by."""
    ends: list[object] = []
    for delivery in found:
        rejects = tiny.rejected(delivery)
        assert set(delivery.reasons) <= set(WORDS), delivery.reasons
        assert delivery.rows == delivery.accepted + delivery.rejected, delivery
        assert sum(delivery.reasons.values()) == delivery.rejected, delivery
        accepted = None
        if delivery.state == "accepted":
            frame = tiny.accepted(delivery)
            assert frame.height == delivery.accepted, delivery
            assert rejects["source_row"].n_unique() == delivery.rejected, delivery
            assert not set(frame["source_row"]) & set(rejects["source_row"]), delivery
            accepted = frame.drop("reporter_key").rows()
        else:
            assert delivery.accepted == 0, delivery
            assert rejects.height > 0, delivery
        if data_rows is not None and "unreadable-file" not in delivery.reasons:
            assert delivery.rows + delivery.out_of_scope == data_rows, (delivery, data_rows)
        told = rejects.select(pl.exclude("row_key", "^.*_at$")).rows()
        ends.append(
            (delivery.file, delivery.state, sorted(delivery.reasons.items()), delivery.warnings, accepted, told)
        )
    return ends


def one(drawn: Drawn, kinds: Counter[str]) -> None:
    name, content, own, data_rows = drawn
    started = time.process_time()
    ends = []
    for _ in range(2):
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            tiny = fixture_city(Path(folder), {"archive": LIMITS, **own}, {})
            path = tiny.inputs / name
            path.write_bytes(content)
            found = take(tiny, path)
            ends.append(check(tiny, found, data_rows))
            assert take(tiny, path) == [], "the same file again must change nothing"
    assert ends[0] == ends[1], "the same bytes ended in two ways"
    kinds[f"{name}: {found[0].state if found else 'nothing'}"] += 1
    assert time.process_time() - started < LONGEST, "too slow"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=None, help="default: by the clock")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    first = args.seed if args.seed is not None else int(time.time())
    kinds: Counter[str] = Counter()
    broken: list[str] = []
    until, number = time.monotonic() + args.seconds, 0
    while time.monotonic() < until:

        @seed(first + number)
        @settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(st.one_of(mutated(), tables(), documents(), workbooks(), archives()))
        def examples(drawn: Drawn) -> None:
            if time.monotonic() > until:
                return
            try:
                one(drawn, kinds)
            except Exception as error:
                broken.append(f"{type(error).__name__}: {str(error)[:300]}")
                KEPT.mkdir(parents=True, exist_ok=True)
                kept = KEPT / f"{len(broken)}-{drawn[0]}"
                kept.write_bytes(drawn[1])
                Path(f"{kept}.txt").write_text(f"{json.dumps(drawn[2])}\n{traceback.format_exc()}", encoding="utf-8")
                print(f"{kept}: {broken[-1]}", flush=True)

        examples()
        number += 1
    print(f"{kinds.total():,} examples, each twice, from seed {first}; {len(broken)} more broke something")
    for kind, count in sorted(kinds.items()):
        print(f"  {count:7,}  {kind}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
