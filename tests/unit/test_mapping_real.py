"""The vocabulary against real files whose defects were measured independently (data/taipei_1999_hotline/INDEX.csv)."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.unit.conftest import TinyCity

DATA = Path(__file__).parents[3] / "shared" / "data" / "taipei_1999_hotline"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the real files are not at {DATA}")

COLUMNS = yaml.safe_load(
    r"""
case_id: {key_of: [案件編號, 派工項目, 案件地址, 立案日期, 立案時間]}
channel: {value: hotline}
reported_at:
  columns: [立案日期, 立案時間]
  formats: ['%Y%m%d %H%M%S', '%Y%m%d %H%M%S%.f']
  repairs:
    - {column: 案件編號, extract: '^(\d{8})', formats: ['%Y%m%d'], flag: day_from_case_id}
"""
)


@pytest.fixture
def taipei(tiny: TinyCity) -> TinyCity:
    tiny.columns = COLUMNS
    tiny.time_zone = "Asia/Taipei"
    tiny.source |= {"files": "*.csv.gz", "ignore": ["派工項目", "案件地址"]}
    return tiny


def _index() -> dict[str, dict[str, str]]:
    with (DATA / "INDEX.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["out"]: row for row in csv.DictReader(file)}


@pytest.mark.parametrize("month", ["202005", "202403", "202504"])
def test_shifted_rows_and_fractions_are_read_or_flagged_as_the_index_counts_them(taipei: TinyCity, month: str) -> None:
    name = f"OPEN1999_{month}.csv.gz"
    told = _index()[name]
    delivery = taipei.land(DATA / name)
    repairs = Counter(taipei.accepted(delivery)["repairs"].to_list())
    assert delivery.rows == int(told["len"])
    assert delivery.rows == delivery.accepted + delivery.rejected
    assert repairs[None] == int(told["len"]) - int(told["shift"])
    assert repairs["day_from_case_id"] + delivery.rejected == int(told["shift"])
    stray = taipei.accepted(delivery).filter(taipei.accepted(delivery)["reported_at"].dt.strftime("%Y%m") != month)
    assert stray.height == 0


def test_the_month_that_was_published_twice_in_other_bytes_has_the_same_keys(taipei: TinyCity) -> None:
    keys = [
        taipei.accepted(taipei.land(DATA / f"OPEN1999_202604_{kind}.csv.gz"))["case_id"] for kind in ("bom", "nobom")
    ]
    assert keys[0].equals(keys[1])
    assert keys[0].n_unique() == keys[0].len() > 13_000
