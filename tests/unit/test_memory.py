"""Files larger than memory: what the door holds at a time does not grow with the file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from pipelines.city.formats import CsvFormat
from pipelines.ingest import csv_table
from pipelines.ingest.csv_table import open_csv
from pipelines.ingest.sample import Sample
from pipelines.ingest.table import BATCH_ROWS
from tests.unit.conftest import HEADERS, TinyCity

ROW = f"{{}},2026-10-01 08:00:00,{'街道清扫保洁不到位' * 30}\n"
BLOCK_ROWS = 10_000
# A process of its own, as its peak is asked for: it reads every batch of a file, in batches of 4 MB.
ONE_THREAD = {**os.environ, "POLARS_MAX_THREADS": "1"}  # each one reads ahead
READ = """
import sys
from pathlib import Path
from pipelines.city.formats import CsvFormat
from pipelines.ingest import csv_table
csv_table.BATCH_BYTES = 4_000_000
path = Path(sys.argv[1])
table = csv_table.open_csv(path, CsvFormat(), path.parent)
rows = sum(batch.height for batch in table.batches([0, 1, 2]))
# getrusage would tell the peak of whoever started this, where that is larger
peak = next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))
print(rows, int(peak) / 1000)
"""

# The whole door over one file, its buffers as much smaller than the usual ones as the file is. Measured is the memory
# that is the process's own (not the pages of the mapped file) above what it had after a file of ten rows.
TAKE_IN = """
import sys, threading, time
from pathlib import Path
from pipelines.city import load_city
from pipelines.ingest import csv_table, take_in
from pipelines.ingest.sample import Sample
from pipelines.settings import CityHome
csv_table.BATCH_BYTES = 2_000_000
Sample.__init__.__defaults__ = (5_000, 1 << 28, 0)
city, home = load_city(sys.argv[1]), CityHome(Path(sys.argv[2]))
def own():
    return int(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('RssAnon'))) / 1000
def take(folder):
    return take_in(city, home, Path(folder), say=lambda text: None, check=lambda contract, sample: [])[0]
take(sys.argv[3])
base, peak, done = own(), 0.0, threading.Event()
def watch():
    global peak
    while not done.is_set():
        peak = max(peak, own())
        time.sleep(0.002)
watcher = threading.Thread(target=watch)
watcher.start()
delivery = take(sys.argv[4])
done.set()
watcher.join()
print(delivery.state, delivery.accepted, delivery.rejected, peak - base)
"""
SMALL_BUFFERS = {**ONE_THREAD, "POLARS_CSV_CHUNK_SIZE": "1000000"}


def _write(path: Path, blocks: int) -> int:
    """A CSV of that many times 10,000 records of some 840 bytes; returns its size in MB."""
    block = "".join(ROW.format(n) for n in range(BLOCK_ROWS)).encode()
    with path.open("wb") as file:
        file.write(b"id,at,text\n")
        for _ in range(blocks):
            file.write(block)
    return path.stat().st_size // 1_000_000


def test_a_file_larger_than_the_memory_it_needs_is_read(tmp_path: Path) -> None:
    peaks, sizes = [], []
    for blocks in (16, 64):
        sizes.append(_write(tmp_path / "large.csv", blocks))
        call = [sys.executable, "-c", READ, str(tmp_path / "large.csv")]
        done = subprocess.run(call, check=True, capture_output=True, text=True, timeout=120, env=ONE_THREAD)
        rows, peak = done.stdout.split()
        assert int(rows) == blocks * BLOCK_ROWS
        peaks.append(float(peak))
    (tmp_path / "large.csv").unlink()
    assert sizes[1] > 500
    assert peaks[1] < sizes[1], "the process, Python and all, needs less than the file is long"
    assert peaks[1] - peaks[0] < (sizes[1] - sizes[0]) / 2, "and little more than for a quarter of it"


def _deliver(path: Path, rows: int) -> float:
    """A delivery of ``rows`` rows of some 285 bytes, one in fifty of an unknown category; returns its size in MB."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(HEADERS) + "\n")
        for start in range(0, rows, BLOCK_ROWS):
            file.writelines(
                f"A{n},{'01' if n % 50 else '99'},S1,D1,2026-10-01 08:00:00,0,否,{'路灯不亮' * 20}\n"
                for n in range(start, min(start + BLOCK_ROWS, rows))
            )
    return path.stat().st_size / 1e6


def test_the_whole_door_needs_no_more_memory_for_a_larger_file(tiny: TinyCity, tmp_path: Path) -> None:
    tiny.load()
    _deliver(tmp_path / "first" / "ten.csv", 10)
    above, sizes = [], []
    for rows in (80_000, 320_000):
        sizes.append(_deliver(tmp_path / str(rows) / "large.csv", rows))
        folders = (tiny.folder, tmp_path / f"home{rows}", tmp_path / "first", tmp_path / str(rows))
        call = [sys.executable, "-c", TAKE_IN, *map(str, folders)]
        done = subprocess.run(call, check=True, capture_output=True, text=True, timeout=120, env=SMALL_BUFFERS)
        state, accepted, rejected, peak = done.stdout.split()
        assert (state, int(accepted), int(rejected)) == ("accepted", rows - rows // 50, rows // 50)
        above.append(float(peak))
    assert sizes[1] > 3.9 * sizes[0]
    # a door that kept the rows would need four times as much; the writer keeps a few KB of each row group
    assert above[1] < 1.75 * above[0], f"{above} MB above the base for {sizes} MB"


@pytest.mark.parametrize(("length", "rows"), [(10, BATCH_ROWS), (3000, 1_000_000 // 3022)])
def test_a_batch_holds_fewer_rows_where_they_are_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int, rows: int
) -> None:
    monkeypatch.setattr(csv_table, "BATCH_BYTES", 1_000_000 if length > 10 else csv_table.BATCH_BYTES)
    path = tmp_path / "a.csv"
    path.write_text("id,at,text\n" + f"1,2026-10-01 08:00:00,{'x' * (length - 1)}\n" * 500, encoding="utf-8")
    assert open_csv(path, CsvFormat(), tmp_path).batch_rows == pytest.approx(rows, rel=0.01)


def test_a_sample_keeps_its_rows_and_nothing_of_the_others() -> None:
    """A text that is picked out of a batch would keep the texts of the whole batch in memory."""
    sample = Sample(limit=1000)
    for start in range(0, 200_000, 20_000):
        numbers = pl.int_range(start, start + 20_000, eager=True).alias("n")
        sample.add(
            pl.DataFrame(numbers).select(pl.format("a text of more than twelve bytes, number {}", "n").alias("t"))
        )
    kept = sample.frame()
    assert kept["t"].to_list() == [f"a text of more than twelve bytes, number {n}" for n in range(0, 200_000, 256)]
    arrow = kept["t"].to_arrow(compat_level=pl.CompatLevel.newest())
    held = sum(buffer.size for buffer in arrow.buffers() if buffer is not None)
    bare = sum(len(text) for text in kept["t"])
    assert held < 3 * bare + 16 * kept.height


def test_a_sample_is_bounded_in_bytes_too() -> None:
    sample = Sample(limit=1000, most=10_000)
    sample.add(pl.DataFrame({"t": [f"{n:0100}" for n in range(1000)]}))
    kept = sample.frame()
    assert 0 < kept.estimated_size() <= 10_000
    assert kept["t"].to_list() == [f"{n:0100}" for n in range(0, 1000, 1000 // kept.height + 1)][: kept.height]
