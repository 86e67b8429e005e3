"""A tiny city in a temporary folder: three units, two categories, one source of cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest
import yaml

from pipelines.city import City, load_city
from pipelines.ingest import land_files
from pipelines.ingest.ledger import Delivery
from pipelines.settings import CityHome

UNITS = """unit_code,name_zh,unit_kind,parent_code,is_ranked
CITY,全市,city,,false
S1,一街道,street,CITY,true
D1,城管局,department,CITY,true
"""
CATEGORIES = "category_code,name_zh\n01,市容环境\n02,街面秩序\n"

COLUMNS: dict[str, object] = {
    "case_id": "编号",
    "channel": {"value": "hotline"},
    "category_code": "大类",
    "area_code": "区域",
    "unit_code": "单位",
    "reported_at": "上报时间",
    "rework_count": "返工",
    "is_urgent": "紧急",
    "summary": "内容",
}
HEADERS = ("编号", "大类", "区域", "单位", "上报时间", "返工", "紧急", "内容")
GOOD_ROW = ("A1", "01", "S1", "D1", "2026-10-01 08:00:00", "0", "否", "路灯不亮")


@dataclass
class TinyCity:
    """A city folder that a test can change before it is read, and a home for what is taken in."""

    folder: Path
    home: CityHome
    columns: dict[str, object] = field(default_factory=lambda: dict(COLUMNS))
    source: dict[str, object] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)  # of city.yaml, beside the usual ones
    reference: dict[str, bytes] = field(default_factory=dict)  # further files of the city's folder
    time_zone: str = "Asia/Shanghai"
    said: list[str] = field(default_factory=list)

    @property
    def inputs(self) -> Path:
        """The folder of the files that a test delivers."""
        folder = self.folder.parent / "inputs"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def load(self) -> City:
        (self.folder / "sources").mkdir(parents=True, exist_ok=True)
        title = {"zh": "小城", "en": "Tiny"}
        (self.folder / "city.yaml").write_text(
            yaml.safe_dump(
                {
                    "city": "tiny",
                    "title": title,
                    "time_zone": self.time_zone,
                    "evaluates_from": "2026-01-01",
                    **self.settings,
                },
                allow_unicode=True,
            ),
            encoding="utf-8",
        )
        (self.folder / "units.csv").write_text(UNITS, encoding="utf-8")
        (self.folder / "categories.csv").write_text(CATEGORIES, encoding="utf-8")
        for name, content in self.reference.items():
            (self.folder / name).write_bytes(content)
        source = {
            "source": "hotline",
            "title": title,
            "contract": "cases",
            "files": ["*.csv", "*.csv.gz", "*.xlsx"],
            "columns": self.columns,
            **self.source,
        }
        (self.folder / "sources" / "hotline.yaml").write_text(
            yaml.safe_dump(source, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        return load_city(str(self.folder))

    def write(self, *rows: tuple[str, ...], headers: tuple[str, ...] = HEADERS, name: str = "cases.csv") -> Path:
        """A plain CSV of ``rows``; cells that hold a comma or a quotation mark are the test's own business."""
        path = self.inputs / name
        path.write_text("".join(",".join(row) + "\n" for row in (headers, *rows)), encoding="utf-8")
        return path

    def land(self, path: Path, check: Callable | None = None) -> Delivery:
        """Take ``path`` in, without checks unless they are given."""
        city = self.load()
        found = land_files(
            city,
            self.home,
            city.sources["hotline"],
            [path],
            say=self.said.append,
            check=check or (lambda contract, sample: []),
        )
        assert len(found) == 1
        return found[0]

    def accepted(self, delivery: Delivery) -> pl.DataFrame:
        return pl.read_parquet(self.home.lake / "accepted" / delivery.contract / f"{delivery.delivery_id}.parquet")

    def rejected(self, delivery: Delivery) -> pl.DataFrame:
        return pl.read_parquet(self.home.lake / "rejected" / f"{delivery.delivery_id}.parquet")

    def faults(self, delivery: Delivery) -> list[tuple[int, str, str, str]]:
        """(source_row, reason, column_name, value) of every fault."""
        return self.rejected(delivery).select("source_row", "reason", "column_name", "value").rows()


def row(**changes: str) -> tuple[str, ...]:
    """The good row with some cells changed, named by header."""
    return tuple(changes.get(header, cell) for header, cell in zip(HEADERS, GOOD_ROW, strict=True))


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TinyCity:
    monkeypatch.delenv("CITYEVAL_REPORTER_KEY_FILE", raising=False)
    return TinyCity(folder=tmp_path / "tiny", home=CityHome(tmp_path / "home" / "tiny"))
