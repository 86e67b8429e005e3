"""The guide of the mapping: its examples are read, and no key is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from pipelines.city.check import source_problems
from pipelines.city.mapping import ColumnMap, DatedBy, ExtractedAt, Join, Layout, Repair, RowFilter
from pipelines.city.models import Declares, Source
from pipelines.city.times import WORDS
from pipelines.city.yaml_file import into_model, read_document

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "mapping.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
ROOT = {
    "source": "guide",
    "title": {"zh": "例", "en": "Example"},
    "contract": "cases",
    "files": ["*.csv"],
    "columns": {"case_id": "编号", "channel": {"value": "hotline"}, "reported_at": "时间"},
}


@pytest.mark.parametrize("example", EXAMPLES, ids=[text.split(":")[0] for text in EXAMPLES])
def test_each_example_of_the_guide_is_right(tmp_path: Path, example: str) -> None:
    path = tmp_path / "guide.yaml"
    lacking = {name: value for name, value in ROOT.items() if not re.search(f"^{name}:", example, re.MULTILINE)}
    path.write_text(yaml.safe_dump(lacking, allow_unicode=True) + example, encoding="utf-8")
    document = read_document(path)
    source = into_model(document, Source)
    problems = source_problems(document, source)
    assert [problem for problem in problems if "cases needs" not in problem] == []
    if "columns:\n  case_id" in example:
        assert problems == []


@pytest.mark.parametrize("model", [ColumnMap, Repair, RowFilter, ExtractedAt, DatedBy, Layout, Join, Declares, Source])
def test_the_guide_names_every_key(model: type[BaseModel]) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    told_elsewhere = {"source", "title", "contract", "format", "watch", "fetch"}
    for name, field in model.model_fields.items():
        key = field.alias or name
        assert key in told_elsewhere or re.search(rf"\b{key}\b", text), f"{model.__name__}.{key}"


def test_the_guide_names_every_word_for_times() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert [word for word in WORDS if f"`{word}`" not in text] == []
