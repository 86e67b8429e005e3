"""Which code is running."""

from __future__ import annotations

import subprocess
from functools import cache

from pipelines.settings import REPO, Settings


@cache
def code_version() -> str:
    """The short commit of the checkout, with "+" where files differ from it; else CITYEVAL_GIT_COMMIT or "unknown"."""
    if Settings().git_commit:
        return Settings().git_commit
    git = ["git", "-C", str(REPO)]
    commit = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    if commit.returncode:
        return "unknown"
    dirty = subprocess.run(
        [*git, "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True, check=False
    )
    return commit.stdout.strip() + ("+" if dirty.stdout.strip() else "")
