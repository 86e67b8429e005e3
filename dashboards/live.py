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
from dashboards.places import HOME, City, cities

IMPORTED = "imported.2.json"  # the number is raised where what _state compares changes: older ones say nothing then
# Set by Superset itself when a chart is saved.
OWN = ("datasource", "slice_id", "dashboards", "url_params", "extra_form_data", "dashboardId", "annotation_layers")


def _state(db: Any) -> dict[str, tuple[str, str]]:
    """UUID → (name, digest of what a person can change) of every chart, dashboard and dataset."""
    from superset.connectors.sqla.models import SqlaTable  # noqa: PLC0415
    from superset.models.dashboard import Dashboard  # noqa: PLC0415
    from superset.models.slice import Slice  # noqa: PLC0415

    state = {}
    for chart in db.session.query(Slice).all():
        state[str(chart.uuid)] = (chart.slice_name, _digest([chart.slice_name, chart.viz_type, _params(chart)]))
    for page in db.session.query(Dashboard).all():
        digest = _digest([page.dashboard_title, page.position_json, page.css, page.json_metadata])
        state[str(page.uuid)] = (page.dashboard_title, digest)
    for table in db.session.query(SqlaTable).all():
        columns = sorted([c.column_name, c.verbose_name, c.expression] for c in table.columns)
        metrics = sorted([m.metric_name, m.verbose_name, m.expression, m.d3format] for m in table.metrics)
        state[str(table.uuid)] = (table.table_name, _digest([table.table_name, table.sql, columns, metrics]))
    return state


def remember(db: Any) -> None:
    """Write down what was just imported."""
    (HOME / IMPORTED).write_text(stable_json(_state(db)), encoding="utf-8")


def drop_removed(db: Any, shown: list[City], kept: set[str]) -> None:
    """Delete the charts of the cities shown that were imported once and are described no more."""
    from superset.models.slice import Slice  # noqa: PLC0415

    databases = {f"cityeval {city.name}" for city in shown}
    for chart in db.session.query(Slice).all():
        data = chart.datasource
        is_ours = data is not None and data.database.database_name in databases
        if is_ours and str(chart.uuid) in _remembered() and str(chart.uuid) not in kept:
            db.session.delete(chart)
    db.session.commit()


def changed_by_hand(db: Any) -> list[str]:
    """Names of the imported charts, dashboards and datasets that differ from what was imported."""
    before, now = _remembered(), _state(db)
    return sorted(now[key][0] for key, (_, digest) in before.items() if key in now and now[key][1] != digest)


def export() -> int:
    """Write, for each chart changed by hand, title and parameters that differ from the description, in stable order.

    Layouts, filters and datasets are no parameters of a chart: they stay reported until a person carries them over.
    """
    logging.disable(logging.WARNING)
    from superset.app import create_app  # noqa: PLC0415

    with create_app().app_context():
        from superset import db  # noqa: PLC0415
        from superset.models.slice import Slice  # noqa: PLC0415

        live = {str(chart.uuid): chart for chart in db.session.query(Slice).all()}
        before, now = _remembered(), _state(db)
        for name, document in bundle(cities()).items():
            key = str(document.get("uuid"))
            if name.startswith("charts/") and key in live and before.get(key) != list(now[key]):
                before[key] = list(now[key])
                _write(name.removeprefix("charts/"), document, live[key])
        (HOME / IMPORTED).write_text(stable_json(before), encoding="utf-8")
        # The next bootstrap compares again and imports the merged files.
        (HOME / "assets.stamp").unlink(missing_ok=True)
        for name in changed_by_hand(db):
            print(f"not a chart: carry it over to dashboards/assets by hand: {name}", file=sys.stderr)
    return 0


def _write(name: str, document: dict[str, Any], chart: Any) -> None:
    """The edits of one chart, added to those that were brought back before."""
    described, params = document["params"], _params(chart)
    different = {key: params[key] for key in sorted(params) if params[key] != described.get(key)}
    file = EDITS / name
    old = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
    edit = {**old, "params": {**old.get("params", {}), **different}}
    if chart.slice_name != document["slice_name"]:
        edit["title"] = chart.slice_name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(edit, allow_unicode=True), encoding="utf-8")
    print(file)


def _remembered() -> dict[str, Any]:
    file = HOME / IMPORTED
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _params(chart: Any) -> dict[str, Any]:
    return {key: value for key, value in json.loads(chart.params or "{}").items() if key not in OWN}


def _digest(value: Any) -> str:
    return hashlib.sha256(stable_json(value).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(export())
