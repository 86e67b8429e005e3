"""The generator: a synthetic city's files and the true figures they hold."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.synthetic.campaigns import write_campaigns
from pipelines.synthetic.case_feeds import CaseFeeds
from pipelines.synthetic.feeds import CsvFeed
from pipelines.synthetic.inspections import write_exposures, write_findings
from pipelines.synthetic.material import write_material
from pipelines.synthetic.operations import write_contracts, write_operations
from pipelines.synthetic.quality import Quality, draw_quality
from pipelines.synthetic.settings import World, read_world
from pipelines.synthetic.timeline import make_part
from pipelines.synthetic.truth import Truth
from pipelines.synthetic.versions import Story
from pipelines.synthetic.volume import CHANNELS, PART, case_numbers, day_weights, report_times

NOTE = "README.md"
TRUTH = "truth"


def generate(folder: Path, out: Path, cases: int, seed: int, *, say: Callable[[str], None]) -> None:
    """Write the files of ``cases`` cases of the city in ``folder`` to ``out``/<source>/, and ``out``/truth/.

    The same folder, cases and seed give the same bytes. Memory does not grow with ``cases``. ``out``/README.md is
    written last: where it stands, the files are whole. Raises UsageError where the folder cannot be generated from.
    """
    world = read_world(folder, cases, seed)
    out.mkdir(parents=True, exist_ok=True)
    (out / NOTE).unlink(missing_ok=True)
    truth = Truth(world)
    quality = {channel: draw_quality(world, world.limits(channel).height) for channel in CHANNELS}
    say(f"generating {cases:,} cases of {world.city.settings.title.en}, seed {seed}")
    _write_cases(world, out, truth, quality, say)
    write_operations(world, quality["grid"], out / "operations", truth)
    write_contracts(world, out / "contracts", truth)
    write_findings(world, quality["grid"], out / "findings", truth)
    write_exposures(world, out / "exposures", truth)
    write_campaigns(world, quality["grid"], out, truth)
    write_material(world, out, truth)
    truth.write(out / TRUTH)
    (out / NOTE).write_text(_note(world), encoding="utf-8")


def ensure_generated(folder: Path, out: Path, *, say: Callable[[str], None]) -> Path:
    """``out`` with the files of the city's own generator.yaml; made only where they are not there yet, or outdated."""
    world = read_world(folder)
    note = out / NOTE
    if not note.is_file() or note.read_text(encoding="utf-8") != _note(world):
        generate(folder, out, world.settings.cases, world.settings.seed, say=say)
    return out


def _write_cases(
    world: World, out: Path, truth: Truth, quality: dict[str, Quality], say: Callable[[str], None]
) -> None:
    stems = {"hotline": "12345工单", "grid": "数字城管案件", "suspensions": "数字城管挂账"}
    feeds = {}
    for source, stem in stems.items():
        (out / source).mkdir(exist_ok=True)
        feeds[source] = CsvFeed(world.city.sources[source], out / source, stem, is_gzip=source == "grid")
    writer = CaseFeeds(world, truth, feeds)
    numbers = case_numbers(world)
    days = {channel: day_weights(world, channel) for channel in CHANNELS}
    for month in world.months:
        for code, channel in enumerate(CHANNELS):
            weights = days[channel].filter(pl.col("month") == month.index)
            left, first = numbers[channel][month.index], 1
            while left > 0:
                number = min(left, PART)
                rng = np.random.default_rng(
                    np.random.SeedSequence([world.settings.seed, code, month.index, first // PART])
                )
                reported = report_times(rng, channel, weights, number)
                part = make_part(world, quality[channel], rng, channel, month.index, reported, first)
                truth.add_cases(part)
                story = Story.of(world, rng, part)
                truth.add_posts(part, story.facts)
                writer.add(rng, story, is_first=first == 1)
                left, first = left - number, first + number
        writer.finish(month.index)
        say(f"  {month.period}: {sum(numbers[c][month.index] for c in CHANNELS):,} cases reported")


def _note(world: World) -> str:
    """The README.md of the files; it also tells whether they are the ones that the settings ask for."""
    return (
        f"# {world.city.settings.title.zh} · {world.city.settings.title.en}\n\n"
        "本目录全部为合成数据：单位、案件、电话与数字均为虚构。\n"
        "Everything in this folder is synthetic: units, cases, telephone numbers and figures are invented.\n\n"
        f"- cases: {world.settings.cases}\n- seed: {world.settings.seed}\n- made from: {_fingerprint(world)}\n"
        "- truth/: what the figures are, counted by the generator\n"
    )


def _fingerprint(world: World) -> str:
    """Changes when the generator or the part of the city folder it reads changes."""
    digest = hashlib.sha256()
    folder = world.city.folder
    code, tables = Path(__file__).parent.glob("*.py"), folder.glob("*.csv")
    layouts = (folder / "sources").glob("*.yaml")
    for path in [*sorted(code), *sorted(tables), folder / "city.yaml", *sorted(layouts)]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    digest.update(world.settings.model_dump_json().encode())
    return digest.hexdigest()[:16]
