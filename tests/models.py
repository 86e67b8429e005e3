"""Models of the warehouse run without dbt: their own SQL, rendered with the macros, in an open DuckDB connection."""

from __future__ import annotations

from functools import cache

import duckdb
import jinja2

from pipelines.scoring.macros import FILES, Macros
from pipelines.settings import REPO

MODELS = REPO / "dbt_project" / "models"


@cache
def macros() -> Macros:
    """The macros that an audit uses too, and those that only models use."""
    files = (*FILES, "scoring.sql", "scored_items.sql", "scored_units.sql", "successions.sql")
    return Macros(files, ref=lambda name: name)


@cache
def rendered(text: str) -> str:
    """SQL with macros in the spelling of DuckDB; ``ref`` names the table itself."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701 SQL, not HTML
    known = {name: getattr(macros(), name) for name in macros().names}
    return environment.from_string(text).render(ref=lambda name: name, **known)


def build_models(db: duckdb.DuckDBPyConnection, *models: str) -> None:
    """Create the tables of ``models`` in their order."""
    for model in models:
        text = next(MODELS.rglob(f"{model}.sql")).read_text(encoding="utf-8")
        db.execute(f"create or replace table {model} as {rendered(text)}")
