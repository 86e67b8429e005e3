"""People: `python -m dashboards.users [--new-password] NAME:ROLE:SCOPE …` creates them or sets their roles.

New passwords are printed once; with --new-password those who are there already get one too.

ROLE: leader, district_leader, evaluator or data_team. SCOPE: a city (`demo`) or one of its districts (`demo/D1`).
Prints one JSON object {name: password} of the passwords made. Exit code 2 for a role or scope that there is not.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys

from dashboards.bootstrap import say
from dashboards.places import cities
from dashboards.secret import new_password
from dashboards.security import PERMISSIONS, sql_role


def main(people: list[str], *, everyone: bool) -> int:
    logging.disable(logging.WARNING)
    scopes = {scope for c in cities() for scope in (c.name, *(f"{c.name}/{d}" for d in c.districts))}
    wanted = []
    for entry in people:
        name, role, scope = [*entry.split(":", 2), "", ""][:3]
        if role not in PERMISSIONS or scope not in scopes:
            say(f"{entry!r}: write NAME:ROLE:SCOPE; roles {', '.join(PERMISSIONS)}; scopes {', '.join(sorted(scopes))}")
            return 2
        if role in ("district_leader", "data_team") and ("/" in scope) != (role == "district_leader"):
            say(f"{entry!r}: a district leader needs a district as scope; the data team, who may write SQL, a city")
            return 2
        wanted.append((name, role, scope))
    from superset.app import create_app  # noqa: PLC0415 reads the settings

    made = {}
    with contextlib.redirect_stdout(sys.stderr):  # Superset greets on standard output
        app = create_app()
    with app.app_context():
        from superset import security_manager as manager  # noqa: PLC0415

        for name, role, scope in wanted:
            names = [role, scope, *([sql_role(scope)] if role == "data_team" else [])]
            roles = [manager.find_role(name) for name in names]
            user = manager.find_user(name)
            if user is None or everyone:
                made[name] = new_password()
            if user is None:
                manager.add_user(name, name, "", f"{name}@localhost", roles, password=made[name])
            else:
                user.roles = roles
                manager.update_user(user)
                if name in made:
                    manager.reset_password(user.id, made[name])
    print(json.dumps(made))
    return 0


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main([entry for entry in given if entry != "--new-password"], everyone="--new-password" in given))
