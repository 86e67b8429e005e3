"""The contracts and what derives from them agree; they hold what the design lists."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import yaml

from pipelines.contracts import CONTRACTS, DELIVERED, Contract
from pipelines.contracts.dbt_sources import FOLDER, source_yaml
from pipelines.contracts.schemas import SQL_TYPES, lake_schema


@pytest.mark.parametrize("contract", DELIVERED.values(), ids=lambda c: c.name)
def test_dbt_source_is_what_the_contract_says(contract: Contract) -> None:
    path = FOLDER / f"lake_{contract.name}.yml"
    assert path.read_text(encoding="utf-8") == source_yaml(contract), "run python -m pipelines.contracts.dbt_sources"
    (table,) = yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0]["tables"]
    assert {c["name"]: c["data_type"] for c in table["columns"]} == {
        c.name: SQL_TYPES[c.type] for c in contract.lake_columns
    }


def test_no_source_file_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.yml")} == {f"lake_{name}" for name in DELIVERED}


def test_the_records_of_the_design_are_all_there() -> None:
    assert set(DELIVERED) == {
        "cases",
        "case_events",
        "case_tasks",
        "case_suspensions",
        "callbacks",
        "operations",
        "positions",
        "planned_stops",
        "findings",
        "inspection_scores",
        "samples",
        "responses",
        "exposures",
        "reported_counts",
        "targets",
        "evidence",
        "adjustments",
        "contracts",
        "bonds",
    }
    assert set(CONTRACTS) - set(DELIVERED) == {
        "units",
        "peer_groups",
        "categories",
        "stage_limits",
        "calendar",
        "work_intervals",
        "places",
    }


def test_every_delivered_record_carries_its_provenance() -> None:
    wanted = ["source_system", "delivery_id", "source_file", "source_row", "extracted_at", "updated_at", "is_deleted"]
    for contract in DELIVERED.values():
        names = lake_schema(contract).names()
        assert [name for name in names if name in wanted] == wanted


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda c: c.name)
def test_contract_is_well_formed(contract: Contract) -> None:
    names = [column.name for column in contract.columns]
    assert len(names) == len(set(names))
    assert set(contract.key) <= set(names)
    assert contract.grain.startswith("One row per ")
    for column in contract.columns:
        assert column.refers_to is None or CONTRACTS[column.refers_to].is_reference
        assert column.zh
        assert column.en
        if column.name.endswith("_at") and column.name not in ("starts_at", "ends_at"):
            assert column.type == "timestamp"
        if column.name.endswith("_on"):
            assert column.type == "date"
        if column.name.startswith("is_") and column.name != "is_resolved":  # is_resolved is the raw answer
            assert column.type == "boolean"


def test_types_travel_to_parquet_and_back(tmp_path: Path) -> None:
    schema = lake_schema(DELIVERED["cases"])
    pl.DataFrame(schema=schema).write_parquet(f"{tmp_path}/empty.parquet")
    assert pl.read_parquet_schema(f"{tmp_path}/empty.parquet") == schema
