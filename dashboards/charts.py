"""From a chart's few lines in a page's description to Superset's parameters and the query behind them."""

from __future__ import annotations

import json
from typing import Any

PALETTE = "cityeval"
ACT = "#D55E00"  # the one alarming colour: what needs action
FORMATS = dict.fromkeys(("rate", "completion", "response_rate", "share", "rectified_rate"), ".1%")
FORMATS |= dict.fromkeys(("score", "first_score", "last_score", "points", "points_lost"), ".2f")
FORMATS |= dict.fromkeys(("yuan", "base_yuan", "deducted_yuan"), ",.2f")
FORMATS |= dict.fromkeys(("planned", "actual", "points_deducted"), ",.1f") | {"full_marks": ".0f", "rank": "d"}
FORMATS |= dict.fromkeys(
    ("row_count", "accepted", "repaired", "rejected", "out_of_scope", "times", "failed", "faults", "value"), ",d"
)
RIGHT = ("score", "rate", "completion", "num_of_den", "rank_label", "wilson", "on_time_of_due")


def chart(kind: str, spec: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Viz type, parameters and query of one chart. Raises KeyError for a kind that there is not."""
    viz, params, query = _KINDS[kind](spec)
    where = spec.get("where")
    adhoc = [{"clause": "WHERE", "expressionType": "SQL", "sqlExpression": where}] if where else []
    limit = spec.get("limit", 1000)
    params = {"viz_type": viz, "adhoc_filters": adhoc, "row_limit": limit, "extra_form_data": {}, **params}
    query = {
        "filters": [],
        "extras": {"where": f"({where})" if where else "", "having": ""},
        "applied_time_extras": {},
        "columns": [],
        "orderby": [],
        "row_limit": limit,
        "annotation_layers": [],
        "url_params": {},
        "custom_params": {},
        "custom_form_data": {},
        **query,
    }
    return viz, params, query


def _tile(spec: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """One figure, large, and what it is measured by below it; the last metric shows on hover (pages.css)."""
    viz, params, _ = _table({"columns": spec["metrics"]})
    params |= {"query_mode": "aggregate", "groupby": [], "metrics": spec["metrics"], "all_columns": []}
    return viz, params, {"metrics": spec["metrics"]}


def _table(spec: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    columns, order = spec["columns"], [(name, ascending) for name, ascending in spec.get("order", [])]
    bare = {name: name.removeprefix("m_") for name in columns}
    config: dict[str, Any] = {n: {"d3NumberFormat": FORMATS[b]} for n, b in bare.items() if b in FORMATS}
    for name in columns:
        if bare[name] in RIGHT:
            config.setdefault(name, {})["horizontalAlign"] = "right"
    params = {
        "query_mode": "raw",
        "all_columns": columns,
        "order_by_cols": [json.dumps([name, ascending]) for name, ascending in order],
        "server_page_length": 20,
        "page_length": spec.get("page", 0),
        "include_search": spec.get("search", False),
        "table_timestamp_format": spec.get("time", "%Y-%m-%d %H:%M"),
        "show_cell_bars": bool(spec.get("bars")),
        "color_pn": False,
        "allow_render_html": False,
        "column_config": {
            **config,
            **{
                n: {**config.get(n, {}), "showCellBars": n in spec.get("bars", ())}
                for n in columns
                if bare[n] in FORMATS
            },
        },
        "conditional_formatting": [
            {"colorScheme": ACT, "column": column, "operator": operator, "targetValue": value}
            for column, operator, value in spec.get("alarm", [])
        ],
    }
    return "table", params, {"columns": columns, "metrics": None, "orderby": order}


def _summary(spec: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A table of one row per value of ``by``: figures are metrics of the dataset, ``first`` the metric that orders."""
    viz, params, _ = _table({**spec, "columns": [*spec["by"], *spec["metrics"]]})
    order = [[spec["first"], True]]
    params |= {"query_mode": "aggregate", "groupby": spec["by"], "metrics": spec["metrics"], "all_columns": []}
    params |= {"timeseries_limit_metric": spec["first"], "order_desc": False, "order_by_cols": []}
    return viz, params, {"columns": spec["by"], "metrics": spec["metrics"], "orderby": order}


def _series(viz: str, spec: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Figures by month. Months are names on the axis, not moments: each has its label, the first one too."""
    across, split, metric = "period", spec.get("split", []), spec["metric"]
    params = {
        "x_axis": across,
        "metrics": [metric],
        "groupby": split,
        "orientation": "vertical",
        "show_legend": bool(split),
        "legendType": "scroll",
        "legendOrientation": "top",
        "rich_tooltip": True,
        "markerEnabled": True,
        "markerSize": 6,
        "seriesType": "line",
        "color_scheme": PALETTE,
        "y_axis_format": spec.get("format", ".1%"),
        "xAxisLabelRotation": 0,
        "truncateYAxis": bool(spec.get("near")),
        "y_axis_bounds": [None, None],
        "order_desc": True,
        "truncate_metric": True,
        "zoomable": False,
    }
    query = {
        "columns": [across, *split],
        "series_columns": split,
        "metrics": [metric],
        "orderby": [[metric, False]],
        "post_processing": [
            {
                "operation": "pivot",
                "options": {
                    "index": [across],
                    "columns": split,
                    "aggregates": {metric: {"operator": "mean"}},
                    "drop_missing_columns": False,
                },
            },
            {"operation": "flatten"},
        ],
    }
    return viz, params, query


def _lines(spec: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return _series("echarts_timeseries_line", spec)


def _bars(spec: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return _series("echarts_timeseries_bar", spec)


def _heat(spec: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    across, down, metric = "period", spec["down"], spec["metric"]
    params = {
        "x_axis": across,
        "groupby": down,
        "metric": metric,
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "value_asc",
        "normalize_across": "heatmap",
        "linear_color_scheme": "cityeval_blue",
        "legend_type": "continuous",
        "show_legend": True,
        "show_percentage": False,
        "show_values": spec.get("values", True),
        "value_bounds": [None, None],
        "y_axis_format": spec.get("format", ".1f"),
        "xscale_interval": -1,
        "yscale_interval": 1,
        "left_margin": 150,
        "bottom_margin": "auto",
    }
    query = {"columns": [across, down], "metrics": [metric], "orderby": [[across, True], [down, False]]}
    return "heatmap_v2", params, query


def _map(spec: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    params = {
        "line_column": "polygon",
        "line_type": "json",
        "metric": spec["metric"],
        "js_columns": ["unit_name"],
        "linear_color_scheme": "cityeval_blue",
        "fill_color_picker": {"r": 0, "g": 114, "b": 178, "a": 1},
        "stroke_color_picker": {"r": 255, "g": 255, "b": 255, "a": 1},
        "filled": True,
        "stroked": True,
        "extruded": False,
        "multiplier": 1,
        "line_width": 2,
        "line_width_unit": "pixels",
        "opacity": 90,
        "num_buckets": 5,
        "viewport": {**spec["view"], "bearing": 0, "pitch": 0},
        "mapbox_style": "",
        "autozoom": True,
        "legend_position": "bl",
        "legend_format": ".1f",
        "table_filter": False,
        "toggle_polygons": True,
        "reverse_long_lat": False,
        "color_scheme_type": "linear_palette",
    }
    query = {"columns": ["polygon", "unit_name"], "metrics": [spec["metric"]], "filters": [_not_null("polygon")]}
    return "deck_polygon", params, query


def _not_null(column: str) -> dict[str, Any]:
    return {"col": column, "op": "IS NOT NULL", "val": ""}


_KINDS = {
    "tile": _tile,
    "table": _table,
    "summary": _summary,
    "lines": _lines,
    "bars": _bars,
    "heat": _heat,
    "map": _map,
}
