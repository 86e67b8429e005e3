"""The source that reads a filled-in template of a contract."""

from __future__ import annotations

from typing import Any

import yaml

from pipelines.contracts import Contract
from pipelines.template.headings import Heading


def mapping_of(contract: Contract, headings: list[Heading], source: str) -> dict[str, Any]:
    """``sources/<source>.yaml`` for workbooks with ``headings`` (see ``headings.of_contract``), as a document.

    A column that need not be filled may also be missing.
    """
    columns: dict[str, Any] = {}
    for heading in headings:
        if heading.column is not None:
            spec: dict[str, Any] = (
                {"column": heading.name} if heading.is_required else {"column": heading.name, "optional": True}
            )
            columns[heading.column.name] = spec
    return {
        "source": source,
        "title": {"zh": contract.zh, "en": contract.en},
        "contract": contract.name,
        "files": [f"*{contract.zh}*.xlsx"],
        "columns": columns,
    }


def mapping_text(document: dict[str, Any]) -> str:
    """The document as the text of a YAML file."""
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)
