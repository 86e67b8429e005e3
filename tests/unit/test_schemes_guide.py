"""Every scheme and every rule in docs/guide/schemes.md is read as it stands there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from pipelines.city import load_city
from pipelines.scoring import load_schemes
from pipelines.scoring.rules import Rule
from pipelines.settings import REPO

GUIDE = (REPO / "docs" / "guide" / "schemes.md").read_text(encoding="utf-8")


def test_the_scheme_of_the_guide_is_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "city"
    shutil.copytree(REPO / "cities" / "demo", folder)
    shutil.rmtree(folder / "schemes")
    (folder / "schemes").mkdir()
    examples = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    for at, text in enumerate(examples):
        (folder / "schemes" / f"example_{at}.yaml").write_text(text, encoding="utf-8")
    assert [scheme.scheme for scheme in load_schemes(load_city(str(folder)))] == ["streets_monthly"]


def test_every_rule_of_the_guide_has_its_shape() -> None:
    rows = [line.split("|") for line in GUIDE.splitlines() if line.startswith("|")][2:]
    shapes = set()
    for row in rows:
        for text in re.findall(r"`([^`]+)`", row[2]):
            rule = TypeAdapter(Rule).validate_python(yaml.safe_load(text))
            shapes.add(next(iter(type(rule).model_fields)))
    assert shapes == {"share", "ramp", "ladder", "per_event", "from_full", "value"}
