"""Datasets: the SQL of assets/datasets filled in for one city, and its columns as the release really has them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import create_engine

from dashboards.places import SERVING_FILE, City

ASSETS = Path(__file__).parent / "assets"
DUCKDB_OPTIONS = {
    "memory_limit": "1GB",
    "threads": 2,
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "lock_configuration": True,
}
FEW = 6  # lines that can be told apart, the colours of the palette
# About feeds and publications, not about units: every role may see them.
WITHOUT_SCOPE = ("publication", "feeds", "deliveries", "rejects", "checks")


def description() -> dict[str, Any]:
    """datasets.yaml: labels of columns, datasets with label and metrics."""
    return yaml.safe_load((ASSETS / "datasets.yaml").read_text(encoding="utf-8"))


def sql_of(name: str, city: City) -> str:
    """The SQL of dataset ``name`` in the city's language.

    ``$t{中文|English}`` is a text, ``$named{x}`` the column with the name of a code, ``$name{kind|x}`` the name that
    the city's folder, its contracts or checks give to the code x, ``$num{x}`` the number without idle zeros, ``$units``
    and ``$above`` shared heads."""
    text = _without_comment((ASSETS / "datasets" / f"{name}.sql").read_text(encoding="utf-8"))
    for part in ("units", "above"):
        fragment = (ASSETS / "datasets" / f"{part}.fragment.sql").read_text(encoding="utf-8")
        text = text.replace(f"${part}", _without_comment(fragment).strip())
    text = re.sub(r"\$name\{(\w+)\|([^}]*)\}", lambda m: _name(city.names.get(m[1], {}), m[2]), text)
    text = in_language(text, city)
    is_zh = city.language == "zh"
    named = r"\1_zh" if is_zh else r"replace(\1, '_', ' ')"
    text = re.sub(r"\$named\{([^}]*)\}", named, text)
    text = re.sub(r"\$num\{([^}]*)\}", r"rtrim(rtrim(cast(cast(\1 as decimal(38, 4)) as varchar), '0'), '.')", text)
    synthetic = ["合成数据（非真实）", "synthetic data"] if city.is_synthetic else ["真实数据", "real data"]
    boundaries = ", ".join(f"({quoted(unit)}, {quoted(ring)})" for unit, ring in city.boundaries.items())
    for token, value in {
        "$lang": city.language,
        "$measure": "c.measure_zh" if is_zh else "replace(c.measure, '_', ' ')",
        "$synthetic": quoted(city.label(synthetic)),
        "$boundaries": boundaries or "('', '')",
    }.items():
        text = text.replace(token, value)
    return text.strip()


@cache
def what_there_is(city: City) -> set[str]:
    """Which kinds of data the city has: pages and charts that need another kind are left out."""
    rows = {row[0] for row in _run(city, "select distinct channel from mart_counts where value > 0")}
    for name, sql in {
        "operations": "select 1 from mart_operation_proofs limit 1",
        "satisfaction": "select 1 from mart_counts where measure = 'evaluated' and value > 0 limit 1",
        "streets": "select 1 from mart_units where unit_kind = 'street' limit 1",
        "departments": "select 1 from mart_units where unit_kind = 'department' limit 1",
        "rework": "select 1 from mart_indicators where indicator = 'rework_rate' and rate is not null limit 1",
        "payments": "select 1 from mart_settlements where kind = 'payment' limit 1",
        "inspections": "select 1 from mart_counts where measure = 'findings' and value > 0 limit 1",
    }.items():
        if _run(city, sql):
            rows.add(name)
    if 0 < len(city.districts) <= FEW:
        rows.add("few_districts")
    return rows | ({"boundaries"} if city.boundaries else set())


def columns_of(sql: str, city: City) -> list[tuple[str, str]]:
    """Name and type of each column; raises where the SQL does not fit the release."""
    return [(row[0], row[1]) for row in _run(city, f"describe {sql}")]


def dataset(name: str, city: City, *, uuid: str, database: str) -> dict[str, Any]:
    """One dataset in the form Superset imports."""
    texts = description()
    spec, labels = texts["datasets"][name], texts["labels"]
    sql = sql_of(name, city)
    return {
        "table_name": f"{city.name}: {city.label(spec['label'])}",
        "main_dttm_col": None,
        "schema": "main",
        "sql": sql,
        "uuid": uuid,
        "database_uuid": database,
        "version": "1.0.0",
        "columns": [
            {
                "column_name": column,
                "type": kind,
                "verbose_name": city.label(labels.get(column, column)),
                "is_dttm": kind == "TIMESTAMP",
                "groupby": True,
                "filterable": True,
            }
            for column, kind in columns_of(sql, city)
        ],
        "metrics": [
            {
                "metric_name": metric_name(key),
                "verbose_name": city.label([zh, en]),
                "expression": in_language(_widest(expression), city),
                "d3format": shape,
            }
            for key, (expression, zh, en, shape) in spec["metrics"].items()
        ],
    }


def database(city: City, *, uuid: str) -> dict[str, Any]:
    """The connection: read-only, no file but the release, no statement but queries."""
    options = {"read_only": True, "config": {**DUCKDB_OPTIONS, "temp_directory": ""}}
    return {
        "database_name": f"cityeval {city.name}",
        "sqlalchemy_uri": f"duckdb:///{city.serving}/current/{SERVING_FILE}",
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {
            "allows_virtual_table_explore": True,
            "metadata_params": {},
            "schemas_allowed_for_csv_upload": [],
            "engine_params": {"connect_args": options},
        },
        "uuid": uuid,
        "version": "1.0.0",
    }


def in_language(text: str, city: City) -> str:
    """``text`` with ``$t{中文|English}`` in the city's language, quoted for SQL."""
    language = 1 if city.language == "zh" else 2
    return re.sub(r"\$t\{([^|}]*)\|([^}]*)\}", lambda found: quoted(found[language]), text)


def _name(names: dict[str, str], code: str) -> str:
    """The name of ``code``, an expression of SQL; a code without a name stays as it is."""
    if not names:
        return f"({code})"
    codes, texts = (", ".join(quoted(text) for text in part) for part in (names.keys(), names.values()))
    return f"coalesce(list_extract([{texts}], list_position([{codes}], {code})), {code})"


def metric_name(key: str) -> str:
    """Never the name of a column: Superset takes an ordering by such a name for one by the metric, and groups."""
    return f"m_{key}"


def _widest(expression: str) -> str:
    """``$widest{x}``: x of the city for who sees it, else of the one district in scope; blank, never a mixture."""
    city = "max(case when unit_kind = 'city' then 1 else 0 end) = 1"
    of_city = r"max(case when unit_kind = 'city' then \1 end)"
    either = f"case when {city} then {of_city} when count(distinct unit_code) = 1 then max(\\1) end"
    return re.sub(r"\$widest\{([^}]*)\}", either, expression)


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _without_comment(sql: str) -> str:
    return "\n".join(line for line in sql.splitlines() if not line.startswith("--"))


def _run(city: City, sql: str) -> list[Any]:
    file = (city.serving / "current").resolve() / SERVING_FILE
    engine = create_engine(f"duckdb:///{file}", connect_args={"read_only": True})
    try:
        with engine.connect() as connection:
            return list(connection.exec_driver_sql(sql).fetchall())
    finally:
        engine.dispose()


def stable_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
