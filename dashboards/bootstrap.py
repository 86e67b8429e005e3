"""Sets Superset up in one process: metadata, permissions, administrator, pages, roles. What is done is skipped.

Usage: python -m dashboards.bootstrap [--force]. Exit code 1 where a person changed what the files describe.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import logging
import sys
from pathlib import Path
from typing import Any

import yaml

from dashboards.bundle import bundle, identity
from dashboards.datasets import WITHOUT_SCOPE, description, stable_json
from dashboards.live import changed_by_hand, drop_removed, remember
from dashboards.places import HOME, METADATA, City, cities
from dashboards.secret import new_password
from dashboards.security import lay_down

METADATA_STAMP, ASSETS_STAMP = HOME / "metadata.stamp", HOME / "assets.stamp"


def main(force: bool) -> int:
    logging.disable(logging.WARNING)
    shown = cities()
    contents = {
        name: yaml.safe_dump(document, allow_unicode=True, sort_keys=False) for name, document in bundle(shown).items()
    }
    version, digest = _metadata_state(), _digest(contents)
    is_current = _reads(METADATA_STAMP, version)
    # Superset itself takes seconds to load: not for finding that there is nothing to do.
    if is_current and not force and _reads(ASSETS_STAMP, digest):
        say("pages unchanged")
        return 0
    from superset.app import create_app  # noqa: PLC0415 reads the settings

    with create_app().app_context():
        from flask import g  # noqa: PLC0415
        from superset import db, security_manager  # noqa: PLC0415

        if not is_current:
            _migrate(version)
        g.user = _administrator(security_manager)
        return _assets(db, security_manager, shown, contents, digest, force=force or not is_current)


def _metadata_state() -> str:
    """What the metadata were set up for: Superset's version and the database they are in."""
    database = hashlib.sha256(METADATA.encode()).hexdigest()
    return f"{importlib.metadata.version('apache-superset')} {database}"


def _digest(contents: dict[str, str]) -> str:
    code = b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
    return hashlib.sha256(stable_json(contents).encode() + code).hexdigest()


def _reads(stamp: Path, state: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="utf-8") == state


def _migrate(state: str) -> None:
    import flask_migrate  # noqa: PLC0415
    import superset  # noqa: PLC0415
    from superset import security_manager  # noqa: PLC0415
    from superset.extensions import appbuilder  # noqa: PLC0415

    say("metadata and permissions (once)")
    flask_migrate.upgrade(directory=str(Path(superset.__file__).parent / "migrations"))
    logging.disable(logging.WARNING)
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    METADATA_STAMP.write_text(state, encoding="utf-8")


def _administrator(manager: Any) -> Any:
    user = manager.find_user("admin")
    if user is None:
        password = new_password()
        user = manager.add_user("admin", "admin", "", "admin@localhost", manager.find_role("Admin"), password=password)
        say(f"administrator: admin   password (shown once, kept nowhere): {password}")
    return user


def _assets(db: Any, manager: Any, shown: list[City], contents: dict[str, str], digest: str, *, force: bool) -> int:
    # An import that was killed has overwritten some of what it remembers: those differences are nobody's work.
    unfinished = HOME / "import.unfinished"
    touched = [] if force or unfinished.exists() else changed_by_hand(db)
    if touched:
        say("changed by hand and kept; nothing was imported: " + "; ".join(touched))
        say("`cityeval dashboards export` brings the changes into the files, `bootstrap --force` overwrites them")
        return 1
    from superset.commands.importers.v1.assets import ImportAssetsCommand  # noqa: PLC0415

    unfinished.touch()
    ImportAssetsCommand(contents).run()
    scoped = {
        city.name: [
            identity("dataset", city.name, name)
            for name in description()["datasets"]
            if name not in WITHOUT_SCOPE and f"datasets/{city.name}/{name}.yaml" in contents
        ]
        for city in shown
    }
    unknown = lay_down(db, manager, shown, scoped)
    if unknown:
        say("permissions this Superset does not know: " + "; ".join(unknown))
    drop_removed(db, shown, {str(yaml.safe_load(text).get("uuid")) for text in contents.values()})
    remember(db)
    unfinished.unlink()
    ASSETS_STAMP.write_text(digest, encoding="utf-8")
    say(f"imported {sum(name.startswith('charts/') for name in contents)} charts of {len(shown)} cities")
    return 0


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main("--force" in sys.argv[1:]))
