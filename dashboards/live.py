"""What stands in Superset now: told apart from what was imported, and brought back into the files.

Usage: python -m dashboards.live (export).
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from typing import Any

import yaml

from dashboards.bundle import EDITS, bundle
from dashboards.datasets import stable_json
from dashboards.places import HOME, cities

IMPORTED = "imported.json"
# Set by Superset itself when a chart is saved.
OWN = ("datasource", "slice_id", "dashboards", "url_params", "extra_form_data", "dashboardId")


def _state(db: Any) -> dict[str, tuple[str, str]]:
    """UUID → (name, digest of what a person can change)."""
    from superset.models.dashboard import Dashboard  # noqa: PLC0415
    from superset.models.slice import Slice  # noqa: PLC0415

    state = {}
    for chart in db.session.query(Slice).all():
        state[str(chart.uuid)] = (chart.slice_name, _digest([chart.slice_name, chart.viz_type, _params(chart)]))
    for page in db.session.query(Dashboard).all():
        digest = _digest([page.dashboard_title, page.position_json, page.css])
        state[str(page.uuid)] = (page.dashboard_title, digest)
    return state


def remember(db: Any) -> None:
    """Write down what was just imported."""
    (HOME / IMPORTED).write_text(stable_json(_state(db)), encoding="utf-8")


def changed_by_hand(db: Any) -> list[str]:
    """Names of the imported charts and dashboards that differ from what was imported."""
    file = HOME / IMPORTED
    if not file.exists():
        return []
    before, now = json.loads(file.read_text(encoding="utf-8")), _state(db)
    return sorted(now[key][0] for key, (_, digest) in before.items() if key in now and now[key][1] != digest)


def export() -> int:
    """Write, for each chart changed by hand, the parameters that differ from the description. Sorted: a stable file."""
    logging.disable(logging.WARNING)
    from superset.app import create_app  # noqa: PLC0415

    with create_app().app_context():
        from superset import db  # noqa: PLC0415
        from superset.models.slice import Slice  # noqa: PLC0415

        live = {str(chart.uuid): _params(chart) for chart in db.session.query(Slice).all()}
        for name, document in bundle(cities()).items():
            if not name.startswith("charts/"):
                continue
            described = document["params"]
            now = live.get(document["uuid"], described)
            different = {key: now[key] for key in sorted(now) if key not in OWN and now[key] != described.get(key)}
            if different:
                file = EDITS / name.removeprefix("charts/")
                file.parent.mkdir(parents=True, exist_ok=True)
                old = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
                file.write_text(yaml.safe_dump(old | different, allow_unicode=True), encoding="utf-8")
                print(file)
        remember(db)
        # The next bootstrap compares again and imports the merged files.
        (HOME / "assets.stamp").unlink(missing_ok=True)
    return 0


def _params(chart: Any) -> dict[str, Any]:
    return {key: value for key, value in json.loads(chart.params or "{}").items() if key not in OWN}


def _digest(value: Any) -> str:
    return hashlib.sha256(stable_json(value).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(export())
