"""The dbt source files, derived from the contracts: `python -m pipelines.contracts.dbt_sources` rewrites them."""

from __future__ import annotations

from pathlib import Path

import yaml

from pipelines.contracts import DELIVERED, Contract
from pipelines.contracts.schemas import SQL_TYPES
from pipelines.settings import REPO

FOLDER = REPO / "dbt_project" / "models" / "staging" / "lake"


def source_yaml(contract: Contract) -> str:
    """The text of the dbt source file of one delivered contract."""
    table = {
        "name": contract.name,
        "description": f"{contract.grain}. {contract.zh}",
        "columns": [
            {"name": column.name, "data_type": SQL_TYPES[column.type], "description": f"{column.zh}: {column.en}"}
            for column in contract.lake_columns
        ],
    }
    head = "# Derived from pipelines/contracts; rewrite with: python -m pipelines.contracts.dbt_sources\n"
    document = {"sources": [{"name": "lake", "schema": "lake", "tables": [table]}]}
    return head + yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def write_all(folder: Path = FOLDER) -> list[Path]:
    """Write one file per delivered contract; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for contract in DELIVERED.values():
        path = folder / f"lake_{contract.name}.yml"
        path.write_text(source_yaml(contract), encoding="utf-8")
        paths.append(path)
    return paths


if __name__ == "__main__":
    write_all()
