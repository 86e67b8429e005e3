"""The SQL macros of the scoring engine, outside dbt: an audit of a published table computes with the very same ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

FOLDER = Path(__file__).parents[2] / "dbt_project" / "macros"
FILES = ("arithmetic.sql", "clocks.sql", "exact.sql", "rule_shapes.sql")


class _Return(Exception):  # noqa: N818 how a macro hands back what is no text
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Macros:
    """Every macro of ``files`` as a method that gives its SQL (text, or a pair of texts), in the spelling of DuckDB.

    Stands in for dbt where a macro calls its neighbours, dispatches to an engine, or returns a value; what else the
    macros of ``files`` ask dbt for is given by its name.
    """

    def __init__(self, files: Sequence[str] = FILES, **given: Any) -> None:
        environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)  # noqa: S701 SQL, not HTML
        environment.globals |= {"cityeval": self, "adapter": self, "return": _return} | given
        self._macros: dict[str, Any] = {}
        for name in files:
            module = environment.from_string((FOLDER / name).read_text(encoding="utf-8")).module
            self._macros |= {key: value for key, value in vars(module).items() if not key.startswith("_")}

    @property
    def names(self) -> list[str]:
        """The macros."""
        return list(self._macros)

    def __getattr__(self, name: str) -> Any:
        if name not in self._macros:
            raise AttributeError(name)
        macro = self._macros[name]

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return str(macro(*args, **kwargs)).strip()
            except _Return as returned:
                value = returned.value
                return value.strip() if isinstance(value, str) else value

        return call

    def dispatch(self, name: str, _package: str) -> Any:
        return getattr(self, f"default__{name}")


def _return(value: Any) -> None:
    raise _Return(value)


@cache
def macros() -> Macros:
    """The macros, read once."""
    return Macros()
