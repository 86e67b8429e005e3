"""A published version made again from its frozen inputs, and compared with what was published, row by row."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.city import City
from pipelines.errors import DataError, UsageError
from pipelines.export import export_period
from pipelines.files import sha256
from pipelines.ingest.lake import prepare
from pipelines.settings import CityHome
from pipelines.version import code_version
from pipelines.warehouse.build import build
from pipelines.warehouse.frozen import Inputs, frozen_inputs
from pipelines.warehouse.publication import Publication, publications, write_marts
from pipelines.warehouse.release import make_release, read_release
from pipelines.warehouse.scratch import scratch_home


@dataclass(frozen=True)
class Regenerated:
    """``marts`` tells of each mart whether it came out with the same rows; ``exports`` are the files written."""

    publication: Publication
    running: str  # the version of the code that made it again
    marts: dict[str, bool]
    exports: list[Path]

    @property
    def is_equal(self) -> bool:
        return all(self.marts.values())


def regenerate(city: City, home: CityHome, period: str, version: int | None, out: Path | None = None) -> Regenerated:
    """Make ``version`` (default: the last) of ``period`` again from its recorded inputs, as-of moment and schemes; with
    ``out``, write its workbook and tables there. The caller holds the city's lock; nothing of the city is changed.

    Raises UsageError for a version that does not exist, DataError naming what prevents it.
    """
    known = {p.version: p for p in publications(home.lake) if p.period == period}
    if not known:
        raise UsageError(f"{period!r} is not published", "`cityeval publications` lists what is")
    publication = known.get(version or max(known))
    if publication is None:
        raise UsageError(f"{period} has no version {version}", f"it has {', '.join(map(str, known))}")
    if "inputs" not in publication.manifest:
        raise DataError(
            f"{period} version {publication.version} was published before inputs were kept with a publication",
            "publish the period's next version: it can be regenerated",
        )
    inputs = frozen_inputs(home.lake, publication.manifest["inputs"])
    with scratch_home(home) as scratch:
        _set_up(home, scratch, inputs)
        build(scratch, is_tested=False)
        work = scratch.root / "marts"
        work.mkdir()
        write_marts(scratch.warehouse, work, [period])
        marts = {
            mart: _same_rows(work / period / f"{mart}.parquet", publication.folder / f"{mart}.parquet", told["sha256"])
            for mart, told in publication.manifest["files"].items()
        }
        exports = _export(city, home, scratch, publication, work, out) if out is not None else []
    return Regenerated(publication, code_version(), marts, exports)


def _same_rows(made: Path, published: Path, digest: str) -> bool:
    """Whether the published file is untouched and holds the same rows in the same order, columns and types.

    Its bytes are not compared: what Parquet's writer leaves below a blank differs from time to time.
    """
    one, other = pl.read_parquet(made), pl.read_parquet(published)
    return sha256(published) == digest and one.schema == other.schema and one.equals(other)


def _set_up(home: CityHome, scratch: CityHome, inputs: Inputs) -> None:
    prepare(scratch.lake)
    for path in inputs.tables:
        shutil.copyfile(path, scratch.lake / "run" / path.name)
    for record in inputs.records:
        link = scratch.lake / "accepted" / record
        link.symlink_to(home.lake / "accepted" / record)
    shutil.copyfile(inputs.ledger, scratch.lake / "deliveries" / inputs.ledger.name)


def _export(
    city: City, home: CityHome, scratch: CityHome, publication: Publication, work: Path, out: Path
) -> list[Path]:
    """Workbook and tables of what was made again, under the publication's number and approval."""
    folder = scratch.lake / publication.folder.relative_to(home.lake)
    folder.mkdir(parents=True)
    shutil.copyfile(publication.folder / "manifest.json", folder / "manifest.json")
    for mart in publication.manifest["files"]:
        shutil.copyfile(work / publication.period / f"{mart}.parquet", folder / f"{mart}.parquet")
    if (home.lake / "approvals").is_dir():
        shutil.copytree(home.lake / "approvals", scratch.lake / "approvals")
    make_release(scratch)

    def release(sql: str) -> pl.DataFrame:
        return read_release(scratch, sql)

    return export_period(city, scratch, publication.period, out, release=release)
