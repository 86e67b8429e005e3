"""Files of a city folder that nothing would read because of their names: what stands in them would not hold."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from pipelines.city.reference import FILES

FOLDERS = ("sources", "schemes", "expectations")  # one *.yaml each of what they are called
UNDECIDED = ".yaml.draft"  # drafted by new-city and not whole yet
TABLES = ("city.yaml", "indicators.yaml", "generator.yaml", "boundaries.csv", *FILES.values())


def stray_problems(folder: Path) -> Iterator[str]:
    """Each file whose name is nearly that of one which is read, with the name that it was probably to have."""
    for name in FOLDERS:
        for path in sorted((folder / name).glob("[!.]*")):
            if path.name.endswith((".yaml", UNDECIDED)):
                continue
            stem, *endings = path.name.split(".")
            if {"yaml", "yml"} & {ending.casefold() for ending in endings}:
                yield f"{path}: it is not read: files of {name}/ end in .yaml; rename it to {stem}.yaml"
    for path in sorted(folder.glob("[!.]*")):
        if path.name in TABLES or not path.is_file():
            continue
        near = get_close_matches(path.name.casefold(), TABLES, n=1, cutoff=0.85)
        if near and not (folder / near[0]).exists():
            yield f"{path}: it is not read; rename it to {near[0]}"
