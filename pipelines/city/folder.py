"""Reading and validating a whole city folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from pipelines.city.models import CitySettings, Source
from pipelines.city.reference import FILES, read_reference
from pipelines.city.yaml_file import read_model
from pipelines.contracts import DELIVERED
from pipelines.errors import UsageError
from pipelines.settings import Settings


@dataclass(frozen=True)
class City:
    """A city folder, read and validated. ``reference`` holds one typed frame per reference contract."""

    folder: Path
    settings: CitySettings
    sources: dict[str, Source]
    reference: dict[str, pl.DataFrame]

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
    """Read and check a city folder. Raises UsageError naming file, key or row, and the remedy."""
    folder = city_folder(name_or_path)
    settings = read_model(folder / "city.yaml", CitySettings)
    _check_zone(folder / "city.yaml", settings.time_zone)
    reference = {name: read_reference(folder, name) for name in FILES}
    _check_links(folder, reference)
    sources: dict[str, Source] = {}
    for path in sorted((folder / "sources").glob("*.yaml")):
        source = read_model(path, Source)
        _check_source(path, source, sources)
        sources[source.source] = source
    if not sources:
        raise UsageError(f"{folder / 'sources'}: no source is described", "add one YAML file per feed")
    return City(folder=folder, settings=settings, sources=sources, reference=reference)


def _check_zone(path: Path, zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"{path}: time_zone {zone!r} is not known", "use a name such as Asia/Shanghai") from error


def _check_source(path: Path, source: Source, others: dict[str, Source]) -> None:
    if source.source in others:
        raise UsageError(f"{path}: source {source.source!r} is described twice", "give it another name")
    if source.source != path.stem:
        raise UsageError(f"{path}: source is {source.source!r} but the file is {path.name}", "make them equal")
    if source.contract not in DELIVERED:
        raise UsageError(
            f"{path}: contract {source.contract!r} is not known", f"use one of: {', '.join(sorted(DELIVERED))}"
        )
    contract = DELIVERED[source.contract]
    mappable = {column.name for column in contract.columns} | {"updated_at", "is_deleted"}
    unknown = sorted(set(source.columns) - mappable)
    if unknown:
        raise UsageError(
            f"{path}: columns.{unknown[0]} is not a column of {contract.name}",
            f"its columns are: {', '.join(sorted(mappable))}",
        )
    lacking = [c.name for c in contract.columns if c.required and c.name not in source.columns]
    if lacking:
        raise UsageError(f"{path}: {contract.name} needs {', '.join(lacking)}", "map each of them under columns:")
    if source.time_zone:
        _check_zone(path, source.time_zone)


def _check_links(folder: Path, reference: dict[str, pl.DataFrame]) -> None:
    """Codes that one reference table uses must stand in the other, and the tree of units must have no circle."""
    units = reference["units"]
    if units.is_empty():
        raise UsageError(f"{folder / 'units.csv'}: a city needs its units", "list areas, departments, contractors …")
    known = set(units["unit_code"])
    for table, column in (("units", "parent_code"), ("units", "successor_code"), ("peer_groups", "unit_code")):
        frame = reference[table]
        bad = frame.filter(pl.col(column).is_not_null() & ~pl.col(column).is_in(list(known)))
        if bad.height:
            raise UsageError(
                f"{folder / FILES[table]}, column {column}: {bad[column][0]!r} is not a unit",
                "add it to units.csv or correct the code",
            )
    parents = dict(units.select("unit_code", "parent_code").iter_rows())
    for unit, parent in parents.items():
        seen, here = {unit}, parent
        while here is not None:
            if here in seen:
                raise UsageError(
                    f"{folder / 'units.csv'}: {unit} is its own ancestor through {here}", "mend parent_code"
                )
            seen.add(here)
            here = parents[here]
