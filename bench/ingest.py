"""How much the door costs over bare Polars: ``python bench/ingest.py [--rows N]``.

Both read the same clean CSV without free text in the same run: bare Polars reads it as text, casts the same columns and
writes Parquet; the door does that and everything else it promises (copy to landing, hash, rules, codes, rejects,
provenance, ledger). Printed: seconds of each, their ratio, and apart the keyed hashes of the reporters, the checks of
Great Expectations (its import and one sample of the delivery) and the masking of as many free texts; and peak memories,
each measured in a process of its own. The sides take turns, and the best of the rounds counts. CPU seconds are the
steadier figure where other work shares the machine.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
import yaml

from pipelines.city import load_city
from pipelines.contracts import DELIVERED, Type
from pipelines.contracts.schemas import POLARS_TYPES
from pipelines.ingest import door, flow
from pipelines.ingest.masks import mask_series
from pipelines.ingest.table import BATCH_ROWS
from pipelines.settings import CityHome

MOMENTS = ("reported_at", "accepted_at", "registered_at", "dispatched_at", "due_at", "handled_at", "closed_at")
FORM = "%Y-%m-%d %H:%M:%S"
CHUNK = 250_000


def make(folder: Path, rows: int) -> None:
    """A city and a CSV of ``rows`` clean cases without free text below ``folder``: 36 areas, 10 departments."""
    areas, units = [f"S{i:02}" for i in range(36)], [f"D{i:02}" for i in range(10)]
    categories = [f"{i:02}" for i in range(40)]
    city = folder / "bench"
    (city / "sources").mkdir(parents=True)
    title = {"zh": "测试", "en": "Bench"}
    city.joinpath("city.yaml").write_text(
        yaml.safe_dump({"city": "bench", "title": title, "time_zone": "Asia/Shanghai", "evaluates_from": "2025-09-01"})
    )
    city.joinpath("units.csv").write_text(
        "unit_code,name_zh,unit_kind,is_ranked\n" + "".join(f"{c},{c},street,true\n" for c in areas + units)
    )
    city.joinpath("categories.csv").write_text("category_code,name_zh\n" + "".join(f"{c},{c}\n" for c in categories))
    columns: dict[str, object] = {
        name: name
        for name in (
            "case_id",
            "channel",
            "intake",
            "category_code",
            "area_code",
            "unit_code",
            *MOMENTS,
            "rework_count",
            "is_urgent",
            "satisfaction",
            "reporter_key",
            "longitude",
            "latitude",
        )
    }
    city.joinpath("sources", "cases.yaml").write_text(
        yaml.safe_dump(
            {"source": "cases", "title": title, "contract": "cases", "files": ["cases.csv"], "columns": columns}
        )
    )
    (folder / "input").mkdir()
    with (folder / "input" / "cases.csv").open("wb") as file:
        for start in range(0, rows, CHUNK):
            i = pl.int_range(start, min(start + CHUNK, rows), eager=True).alias("i")
            frame = _cases(pl.DataFrame(i), areas, units, categories)
            frame.write_csv(file, include_header=start == 0)


def _cases(frame: pl.DataFrame, areas: list[str], units: list[str], categories: list[str]) -> pl.DataFrame:
    i = pl.col("i")
    chance = i.hash(7)

    def pick(values: list[str], seed: int) -> pl.Expr:
        return pl.lit(pl.Series(values)).gather(i.hash(seed) % len(values))

    moments = [
        (pl.datetime(2025, 9, 1) + pl.duration(seconds=i * 16 % 36_000_000 + step * 5400)).dt.strftime(FORM).alias(name)
        for step, name in enumerate(MOMENTS)
    ]
    late = [pl.when(chance % 11 > 0).then(moment).alias(moment.meta.output_name()) for moment in moments[-2:]]
    return frame.select(
        pl.format("HX{}", i + 10_000_000).alias("case_id"),
        pick(["hotline", "grid"], 1).alias("channel"),
        pick(["电话", "网站", "微信", "巡查"], 2).alias("intake"),
        pick(categories, 3).alias("category_code"),
        pick(areas, 4).alias("area_code"),
        pick(units, 5).alias("unit_code"),
        *moments[:-2],
        *late,
        (chance % 7 // 5).alias("rework_count"),
        pl.when(chance % 9 == 0).then(pl.lit("是")).otherwise(pl.lit("否")).alias("is_urgent"),
        pick(["满意", "基本满意", "不满意", "未评价"], 6).alias("satisfaction"),
        pl.format("1{}", 3_800_000_000 + chance % 300_000).alias("reporter_key"),
        (116 + (chance % 900_000) / 1e6).alias("longitude"),
        (39 + (chance % 800_000) / 1e6).alias("latitude"),
    )


def bare(folder: Path) -> float:
    """Seconds that Polars alone needs: text, casts, Parquet."""
    contract = DELIVERED["cases"]
    path = folder / "input" / "cases.csv"
    names = path.open(encoding="utf-8").readline().strip().split(",")
    casts = []
    for name in names:
        kind = contract.column(name).type
        if kind is Type.TIMESTAMP:
            casts.append(pl.col(name).str.to_datetime(FORM, time_unit="us", strict=False))
        elif kind is Type.BOOLEAN:
            casts.append(pl.col(name).replace_strict({"是": True, "否": False}, default=None, return_dtype=pl.Boolean))
        elif kind is not Type.TEXT:
            casts.append(pl.col(name).cast(POLARS_TYPES[kind], strict=False))
    started = time.perf_counter()
    scan = pl.scan_csv(path, infer_schema=False, glob=False)
    scan.with_columns(casts).sink_parquet(folder / "bare.parquet", compression="zstd")
    return time.perf_counter() - started


def through_the_door(folder: Path, *, hashed: bool, checked: bool) -> float:
    """Seconds of a whole delivery; the reporters' hashes and the checks of Great Expectations can be left out."""
    home = CityHome(folder / "home")
    shutil.rmtree(home.root, ignore_errors=True)
    city = load_city(str(folder / "bench"))
    if not hashed:
        flow.protect = lambda frame, contract, identities: frame  # type: ignore[assignment]
    started = time.perf_counter()
    check = None if checked else lambda contract, sample: []
    found = door.take_in(city, home, folder / "input", say=lambda text: None, check=check)
    seconds = time.perf_counter() - started
    assert (found[0].state, found[0].rejected) == ("accepted", 0)
    return seconds


def masking(rows: int) -> float:
    """Seconds to mask ``rows`` free texts, a third of them with a telephone number, in batches as the door does."""
    spent = 0.0
    for start in range(0, rows, BATCH_ROWS):
        i = pl.int_range(start, min(start + BATCH_ROWS, rows), eager=True).alias("i")
        texts = pl.DataFrame(i).select(
            pl.when(pl.col("i").hash(7) % 3 == 0)
            .then(pl.format("市民来电反映{}号路灯不亮，联系电话1{}", pl.col("i") % 900, 3_800_000_000 + pl.col("i")))
            .otherwise(pl.lit("道路保洁不到位，垃圾未及时清运，请尽快处理"))
        )
        started = time.perf_counter()
        masked = mask_series(texts.to_series())
        spent += time.perf_counter() - started
        assert not masked.str.contains("1380").any()
    return spent


SIDES = {
    "bare Polars": lambda folder, rows: bare(folder),
    "the door": lambda folder, rows: through_the_door(folder, hashed=False, checked=False),
    "with hashes": lambda folder, rows: through_the_door(folder, hashed=True, checked=False),
    "with hashes and checks": lambda folder, rows: through_the_door(folder, hashed=True, checked=True),
    "masking of free text": lambda folder, rows: masking(rows),
}


def _child(what: str, folder: Path, rows: int) -> dict[str, float]:
    """Run one side in a process of its own: a warm-up is not kept, memory is that side's only."""
    command = [sys.executable, __file__, "--only", what, "--folder", str(folder), "--rows", str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=SIDES)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.only:
        before = time.process_time()
        seconds = SIDES[options.only](options.folder, options.rows)
        spent = time.process_time() - before
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peak_mib": peak, "cpu": spent}))
        return
    with tempfile.TemporaryDirectory(prefix="cityeval-bench-") as name:
        folder = Path(name)
        make(folder, options.rows)
        size = (folder / "input" / "cases.csv").stat().st_size / 1e6
        print(f"{options.rows:,} rows, {size:,.0f} MB of CSV, {options.rounds} rounds, the best of each counts")
        rounds = [[_child(side, folder, options.rows) for side in SIDES] for _ in range(options.rounds)]
    best = {
        side: {key: min(turn[i][key] for turn in rounds) for key in ("seconds", "cpu")} for i, side in enumerate(SIDES)
    }
    for i, side in enumerate(SIDES):
        peak = max(turn[i]["peak_mib"] for turn in rounds)
        print(f"{side:24} {best[side]['seconds']:7.2f} s   CPU {best[side]['cpu']:6.2f} s   peak {peak:6.0f} MiB")
    for part, less, more in (
        ("hashes of reporters", "the door", "with hashes"),
        ("Great Expectations", "with hashes", "with hashes and checks"),
    ):
        seconds, cpu = (best[more][key] - best[less][key] for key in ("seconds", "cpu"))
        print(f"{part:24} {seconds:7.2f} s   CPU {cpu:6.2f} s   (apart)")
    plain, through = best["bare Polars"], best["the door"]
    print(
        f"the door, of bare Polars: {through['seconds'] / plain['seconds']:.2f} by the clock, "
        f"{through['cpu'] / plain['cpu']:.2f} in CPU (target: at most 1.5 at 2 million rows)"
    )


if __name__ == "__main__":
    main()
