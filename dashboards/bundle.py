"""All that Superset imports, made from dashboards/assets and the cities: file name → document. UUIDs never change."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any

import yaml

from dashboards.charts import chart
from dashboards.datasets import ASSETS, database, dataset, description, metric_name, stable_json, what_there_is
from dashboards.pages import CSS, Layout, select_filter
from dashboards.places import City
from dashboards.viewport import viewport

NAMESPACE = uuid.UUID("0d2b5d0a-7c1e-5b0e-9b7a-51f4c1e5a1ce")
READERS = {"phone": ["考核（手机）", "evaluation (phone)"], "district": ["区级考核", "district evaluation"]}
REFRESH_SECONDS = 60  # an open page, on a wall or a desk, asks again this often
# What `cityeval dashboards export` brought back: titles and parameters that differ from the description.
EDITS = Path(os.environ.get("CITYEVAL_DASHBOARD_EDITS", ASSETS / "edits"))


def identity(kind: str, city: str, key: str = "") -> str:
    return str(uuid.uuid5(NAMESPACE, f"{kind}/{city}/{key}"))


def pages(city: City, reader: str = "") -> list[dict[str, Any]]:
    """The pages that this city has the data for, in order; for ``reader`` without what is not for that reader."""
    there_is = what_there_is(city)
    badge = yaml.safe_load((ASSETS / "badge.yaml").read_text(encoding="utf-8"))
    found = []
    for file in sorted((ASSETS / "pages").glob("*.yaml")):
        page = yaml.safe_load(file.read_text(encoding="utf-8"))
        if page.get("needs") and page["needs"] not in there_is:
            continue
        rows = [
            [badge],
            *(
                _widened([c for c in row if c.get("needs", "") in ({""} | there_is) and c.get("not_for") != reader])
                for row in page["rows"]
            ),
        ]
        found.append({**page, "rows": [row for row in rows if row]})
    return found


def _widened(row: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a city has no data for leaves no hole: the other charts of the row share its twelve columns."""
    total = sum(chart["width"] for chart in row)
    wider = [{**chart, "width": 12 * chart["width"] // total} for chart in row]
    if wider:
        wider[-1]["width"] = 12 - sum(chart["width"] for chart in wider[:-1])
    return wider


def bundle(all_cities: list[City]) -> dict[str, dict[str, Any]]:
    """File name → document for Superset's importer."""
    files: dict[str, dict[str, Any]] = {
        "metadata.yaml": {"version": "1.0.0", "type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"}
    }
    for city in all_cities:
        home = identity("database", city.name)
        files[f"databases/{city.name}.yaml"] = database(city, uuid=home)
        for name in description()["datasets"]:
            if name != "map" or city.boundaries:
                document = dataset(name, city, uuid=identity("dataset", city.name, name), database=home)
                files[f"datasets/{city.name}/{name}.yaml"] = document
        for reader in ("", *READERS):
            files |= _dashboard(city, reader)
    return files


def _dashboard(city: City, reader: str = "") -> dict[str, dict[str, Any]]:
    """The city's charts and its dashboard, or the one of ``reader``: `phone` has overview and ranking, one chart below
    the other; `district` has what a district leader sees rows of."""
    title = "{} · {}".format(city.label(city.title), city.label(READERS.get(reader, ["考核", "evaluation"])))
    if city.is_synthetic and city.label(["合成数据", "ynthetic"]) not in title:
        title += city.label(["（合成数据）", " (synthetic data)"])
    layout, files, whole_history = Layout(title), {}, []
    shown = pages(city, reader)
    if reader == "phone":
        shown = [_for_phone(page) for page in shown[:2]]
    name = f"{city.name}-{reader}" if reader else city.name
    for page in shown:
        tab = layout.tab(page["page"], city.label(page["title"]))
        for number, charts in enumerate(page["rows"]):
            row = layout.row(tab, number)
            for spec in charts:
                key, made = spec["chart"], _chart(spec, city)
                files[f"charts/{city.name}/{key}.yaml"] = made
                size = {"width": spec["width"], "height": spec["height"]}
                layout.chart(row, key, uuid=made["uuid"], title=made["slice_name"], **size)
                if spec.get("every_month"):
                    whole_history.append(layout.numbers[key])
    filters = []
    for key, spec in yaml.safe_load((ASSETS / "filters.yaml").read_text(encoding="utf-8")).items():
        here = {page["page"] for page in shown}
        known = {**spec, "pages": [p for p in spec["pages"] if p in here]} if "pages" in spec else spec
        excluded = whole_history if key == "month" else []
        target = identity("dataset", city.name, spec["dataset"])
        filters.append(select_filter(key, known, city=city, dataset=target, excluded=excluded))
    files[f"dashboards/{name}.yaml"] = {
        "dashboard_title": title,
        "slug": name,
        "description": None,
        "css": CSS,
        "published": True,
        "uuid": identity("dashboard", name),
        "version": "1.0.0",
        "position": layout.position,
        "metadata": {
            "native_filter_configuration": filters,
            "cross_filters_enabled": False,
            "chart_configuration": {},
            "global_chart_configuration": {"scope": {"rootPath": ["ROOT_ID"], "excluded": []}},
            "refresh_frequency": REFRESH_SECONDS,
            "default_filters": "{}",
            "expanded_slices": {},
            "label_colors": {},
            "timed_refresh_immune_slices": [],
        },
    }
    return files


def _for_phone(page: dict[str, Any]) -> dict[str, Any]:
    """One chart below the other; where a chart says what differs ``on_phone``, that is a chart of its own."""
    charts = [spec for row in page["rows"] for spec in row if not spec.get("wide")]
    own = [
        {**spec, **spec["on_phone"], "chart": f"{spec['chart']}_phone"} if "on_phone" in spec else spec
        for spec in charts
    ]
    return {**page, "rows": [[{**spec, "width": 12}] for spec in own]}


def _chart(spec: dict[str, Any], city: City) -> dict[str, Any]:
    # Where the city has streets, areas are streets; else they are its districts.
    area = "street" if "streets" in what_there_is(city) else "district"
    if "where" in spec:
        spec = {**spec, "where": spec["where"].replace("$area", f"'{area}'")}
    texts: dict[str, Any] = {name: city.label(spec[name]) for name in ("title",)}
    if spec["kind"] == "map":
        texts["view"] = viewport(city.boundaries.values())
    for key in {"metric", "first", "metrics"} & set(spec):
        given = spec[key]
        texts[key] = metric_name(given) if isinstance(given, str) else [metric_name(name) for name in given]
    viz, params, query = chart(spec["kind"], {**spec, **texts})
    edited = EDITS / city.name / f"{spec['chart']}.yaml"
    if edited.exists():
        edit = yaml.safe_load(edited.read_text(encoding="utf-8"))
        params |= edit["params"]
        texts["title"] = edit.get("title", texts["title"])
        viz = params["viz_type"]
    context = {
        "datasource": {"id": 0, "type": "table"},
        "force": False,
        "queries": [query],
        "form_data": params,
        "result_format": "json",
        "result_type": "full",
    }
    return {
        "slice_name": texts["title"],
        "viz_type": viz,
        "params": params,
        "query_context": stable_json(context),
        "cache_timeout": None,
        "uuid": identity("chart", city.name, spec["chart"]),
        "version": "1.0.0",
        "dataset_uuid": identity("dataset", city.name, spec["dataset"]),
    }
