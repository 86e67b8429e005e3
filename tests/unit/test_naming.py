"""The naming law of docs/naming.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from pipelines.settings import REPO

MODELS = sorted((REPO / "dbt_project" / "models").rglob("*.sql"))
PREFIX = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "core": ("dim_", "fct_"),
    "kpi": ("kpi_",),
    "scoring": ("score_", "rank_"),
    "quality": ("dq_",),
    "publish": ("mart_",),
}


def test_there_are_models() -> None:
    assert len(MODELS) > 40


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_model_is_named_for_its_layer(model: Path) -> None:
    assert model.stem.startswith(PREFIX[model.parent.name])


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_model_states_its_grain_in_a_file_of_the_same_stem(model: Path) -> None:
    (described,) = yaml.safe_load(model.with_suffix(".yml").read_text(encoding="utf-8"))["models"]
    assert described["name"] == model.stem
    assert described["description"].startswith("One row per ")


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_engine_differences_live_in_macros(model: Path) -> None:
    """Constructs that only one engine knows (see docs/adr/0002): a model that needs one calls a macro."""
    sql = re.sub(r"--.*", "", model.read_text(encoding="utf-8")).lower()
    for word in ("qualify", "::", "asof join", "strftime", "any_value", "exclude (", "group by all", "unnest("):
        assert word not in sql, f"{model.name} uses {word}"


def test_every_model_with_a_key_tests_it() -> None:
    without = {
        model.stem for model in MODELS if "unique_key" not in model.with_suffix(".yml").read_text(encoding="utf-8")
    }
    # one row per fault, check or pattern: lists without a key of their own
    assert without == {"stg_rejects", "stg_checks", "stg_work_intervals", "mart_rejects", "mart_checks"}
