"""Reading and validating a whole city folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.city.check import city_problems, name_problems, source_problems, unit_problems
from pipelines.city.indicator_check import indicator_problems
from pipelines.city.indicators import IndicatorFile
from pipelines.city.links import link_problems
from pipelines.city.mistakes import Mistakes
from pipelines.city.models import CitySettings, Source
from pipelines.city.public_holidays import with_public_holidays
from pipelines.city.reference import FILES, read_reference
from pipelines.city.stray import UNDECIDED, stray_problems
from pipelines.city.yaml_file import into_model, read_document
from pipelines.errors import UsageError
from pipelines.settings import Settings


@dataclass(frozen=True)
class City:
    """A city folder, read and validated. ``reference`` holds one typed frame per reference contract."""

    folder: Path
    settings: CitySettings
    sources: dict[str, Source]
    reference: dict[str, pl.DataFrame]
    indicators: IndicatorFile = field(default_factory=IndicatorFile)

    @property
    def name(self) -> str:
        return self.settings.city

    @property
    def sample(self) -> Path:
        return self.folder / "sample"

    @cached_property
    def codes(self) -> dict[str, frozenset[str]]:
        """The known codes of each reference contract, by the contract's name."""
        return {
            "units": frozenset(self.reference["units"]["unit_code"]),
            "categories": frozenset(self.reference["categories"]["category_code"]),
            "places": frozenset(self.reference["places"]["place_code"]),
        }


def city_folder(name_or_path: str) -> Path:
    """The folder of a city given by name (below cities/) or by path; raises UsageError where there is none."""
    by_name = Settings().cities_dir / name_or_path
    for folder in (by_name, Path(name_or_path).expanduser()):
        if (folder / "city.yaml").is_file():
            return folder.resolve()
    known = sorted(p.parent.name for p in Settings().cities_dir.glob("*/city.yaml"))
    raise UsageError(
        f"there is no city {name_or_path!r}: neither {by_name} nor that path holds a city.yaml",
        f"use one of {', '.join(known) or 'none yet'}, or the path of a city folder",
    )


def load_city(name_or_path: str) -> City:
    """Read and check a city folder. Raises UsageError that names every mistake: file, line or row, key, remedy."""
    folder = city_folder(name_or_path)
    mistakes = Mistakes()
    mistakes.add(stray_problems(folder))
    settings: CitySettings | None = None
    reference: dict[str, pl.DataFrame] = {}
    for name in FILES:
        with mistakes.noted():
            reference[name] = read_reference(folder, name)
    if len(reference) == len(FILES):
        with mistakes.noted():
            mistakes.add(link_problems(folder, reference))
    sources = _read_sources(folder, mistakes, reference)
    indicators = _read_indicators(folder / "indicators.yaml", mistakes)
    with mistakes.noted():
        document = read_document(folder / "city.yaml")
        settings = into_model(document, CitySettings)
        mistakes.add(city_problems(document, settings, reference, indicators))
    mistakes.raise_any()
    if settings is None:  # it was a mistake, and has been raised
        raise AssertionError
    reference["calendar"] = with_public_holidays(reference["calendar"], settings.public_holidays)
    return City(folder=folder, settings=settings, sources=sources, reference=reference, indicators=indicators)


def _read_indicators(path: Path, mistakes: Mistakes) -> IndicatorFile:
    """The city's own definitions; a city without the file has none."""
    if not path.is_file():
        return IndicatorFile()
    with mistakes.noted():
        document = read_document(path)
        found = into_model(document, IndicatorFile)
        mistakes.add(indicator_problems(document, found))
        return found
    return IndicatorFile()


def _read_sources(folder: Path, mistakes: Mistakes, reference: dict[str, pl.DataFrame]) -> dict[str, Source]:
    sources: dict[str, Source] = {}
    paths = sorted((folder / "sources").glob("*.yaml"))
    for path in paths:
        with mistakes.noted():
            document = read_document(path)
            mistakes.add(name_problems(document))
            source = into_model(document, Source)
            if source.source in sources:
                mistakes.add(
                    [f"{document.place('source')}: {source.source!r} is described twice; give it another name"]
                )
            mistakes.add(source_problems(document, source))
            if "units" in reference:
                mistakes.add(unit_problems(document, source, set(reference["units"]["unit_code"])))
            sources[source.source] = source
    if not paths:
        with mistakes.noted():
            drafted = ", ".join(path.name for path in sorted((folder / "sources").glob(f"*{UNDECIDED}")))
            remedy = f"fill what {drafted} lacks, then rename it to *.yaml" if drafted else "add one YAML file per feed"
            raise UsageError(f"{folder / 'sources'}: no source is described", remedy)
    return sources
