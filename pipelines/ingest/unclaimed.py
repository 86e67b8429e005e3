"""Files that lie in the input folder and belong to no source: nobody would miss them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pipelines.city.models import Source
from pipelines.ingest.discover import files_of, is_finished
from pipelines.ingest.joins import is_second
from pipelines.ingest.masks import mask_text
from pipelines.settings import CityHome

SHOWN = 10


def unclaimed(sources: Collection[Source], home: CityHome, input_dir: Path) -> list[Path]:
    """The files of ``input_dir`` that no source takes, sorted. Hidden and unfinished ones are no files to be taken."""
    taken = {path for source in sources for path in files_of(source, home, input_dir)}
    return [
        path
        for path in sorted(input_dir.rglob("*"))
        if path not in taken and is_finished(path) and not any(is_second(source, path.name) for source in sources)
    ]


def told_unclaimed(files: Collection[Path], input_dir: Path) -> str:
    """What a person is told of them: their names (masked, for they may be personal) and what to do."""
    names = [mask_text(str(path.relative_to(input_dir))) for path in files]
    shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    what = "1 file fits no source and was" if len(names) == 1 else f"{len(names)} files fit no source and were"
    return (
        f"{what} left alone in {input_dir}: {shown}; add its name to files: of a source, or take it out of the folder"
    )
