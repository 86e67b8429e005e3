"""dbt's manifest for the asset graph: parsed in a child process when a project file is newer than it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from filelock import FileLock

from pipelines.errors import UsageError
from pipelines.warehouse.project import LOCK, OF_NO_CITY, PROJECT, TARGET, arguments, variables

PARSE = (
    "import sys; from dbt.cli.main import dbtRunner; r = dbtRunner().invoke(sys.argv[1:]); "
    "print(r.exception or '', file=sys.stderr); sys.exit(0 if r.success else 1)"
)


def manifest_path() -> Path:
    """The path of an up-to-date manifest.json. Raises UsageError with dbt's words where the project does not parse."""
    manifest = TARGET / "manifest.json"
    TARGET.mkdir(exist_ok=True)
    with FileLock(LOCK):
        newest = max(
            path.stat().st_mtime
            for pattern in ("models/**/*", "macros/**/*", "seeds/**/*", "tests/**/*", "*.yml")
            for path in PROJECT.glob(pattern)
        )
        if not manifest.is_file() or manifest.stat().st_mtime < newest:
            with variables(OF_NO_CITY):
                done = subprocess.run(
                    [sys.executable, "-c", PARSE, *arguments("parse", TARGET)],
                    capture_output=True,
                    text=True,
                    check=False,
                    cwd=PROJECT,
                )
            if done.returncode:
                raise UsageError(
                    f"the dbt project does not parse:\n{done.stdout}{done.stderr}", "mend the file named above"
                )
    return manifest
