"""`cityeval`: the command line (design: stable). People read standard error and tables, programs read --json.

The commands stand in ``pipelines/commands``, by subject.
"""

from __future__ import annotations

import sys

from rich.markup import escape

# isort: off
# The order of import is the order of --help.
from pipelines.commands import (  # noqa: F401 importing adds the commands
    main_job,
    door,
    fetch,
    answers,
    published,
    appeals,
    what_if,
    audit,
    new_city,
    template,
    dashboards,
    upkeep,
)

# isort: on
from pipelines.commands.common import app, people
from pipelines.errors import CityevalError
from pipelines.run import quiet_environment


def main() -> None:
    """Entry point: errors a user can cause become one plain message and an exit code."""
    quiet_environment()
    try:
        app()
    except CityevalError as error:
        people.print(f"[red]cityeval:[/red] {escape(error.what)}", soft_wrap=True)
        if error.remedy:
            people.print(f"  → {error.remedy}", markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
