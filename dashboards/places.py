"""What the other environment tells this one: the folder of Superset and the cities it shows."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOME = Path(os.environ["CITYEVAL_SUPERSET_HOME"])
# Where Superset keeps people, roles and pages; figures stay in the releases.
METADATA = os.environ.get("CITYEVAL_SUPERSET_METADATA", f"sqlite:///{HOME / 'superset.db'}?check_same_thread=false")
SERVING_FILE = "serving.duckdb"


@dataclass(frozen=True, eq=False)  # one object per city, told apart by identity
class City:
    """One city on the screens. ``serving`` holds its releases and the link `current`."""

    name: str
    title: list[str]  # Chinese, English
    language: str
    is_synthetic: bool
    serving: Path
    districts: dict[str, str]  # unit code → name, in the city's language
    names: dict[str, dict[str, str]]  # kind of code (source, category, grade …) → code → name
    boundaries: dict[str, str]  # unit code → outer ring as a JSON list of [longitude, latitude]

    def label(self, pair: Any) -> str:
        """``pair`` is [Chinese, English], or one text for both."""
        return pair if isinstance(pair, str) else str(pair[0 if self.language == "zh" else 1])


def cities() -> list[City]:
    """The cities of cities.json, which `cityeval dashboards` writes before it starts anything here."""
    document = json.loads((HOME / "cities.json").read_text(encoding="utf-8"))
    return [City(**{**entry, "serving": Path(entry["serving"])}) for entry in document]
