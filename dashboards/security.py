"""Roles as code. What one may do (leader, evaluator, data_team) and what one may see (a scope) are roles of their own.

A user without a scope sees no row. Scopes: `<city>` (all of a city), `<city>/<district>` (row-level security). The data
team of a city has a third role, which opens that city's database in SQL Lab.
"""

from __future__ import annotations

from typing import Any

from dashboards.places import City

VIEW = """can_read on Dashboard; can_read on Chart; can_dashboard on Superset; can_log on Superset;
can_language_pack on Superset; can_fetch_datasource_metadata on Superset; can_dashboard_permalink on Superset;
can_explore_json on Superset; can_slice on Superset; can_read on DashboardFilterStateRestApi;
can_write on DashboardFilterStateRestApi; can_read on DashboardPermalinkRestApi; can_write on DashboardPermalinkRestApi;
can_time_range on Api; can_query_form_data on Api; can_query on Api; can_read on CssTemplate; can_read on Theme;
can_read on CurrentUserRestApi; can_get on Datasource; can_external_metadata on Datasource; can_read on Dataset;
can_get on MenuApi; can_recent_activity on Log; menu_access on Home; menu_access on Dashboards;
can_this_form_get on ResetMyPasswordView; can_this_form_post on ResetMyPasswordView; can_userinfo on UserDBModelView;
resetmypassword on UserDBModelView; can_read on SecurityRestApi"""
EXPORT = """can_csv on Superset; can_view_chart_as_table on Dashboard; can_drill on Dashboard;
can_get_drill_info on Dataset; can_samples on Datasource"""
EDIT = """can_write on Dashboard; can_write on Chart; can_explore on Superset; can_read on Explore;
can_export on Dashboard; can_export on Chart; can_read on ExploreFormDataRestApi; can_write on ExploreFormDataRestApi;
can_view_query on Dashboard;
can_sqllab on Superset; can_execute_sql_query on SQLLab; can_read on SQLLab; can_read on Database; can_read on Query;
menu_access on Charts; menu_access on Datasets; menu_access on SQL Lab; menu_access on SQL Editor"""
PERMISSIONS = {
    "leader": VIEW,
    "district_leader": VIEW,
    "evaluator": f"{VIEW}; {EXPORT}",
    "data_team": f"{VIEW}; {EXPORT}; {EDIT}",
}


def lay_down(db: Any, manager: Any, cities: list[City], scoped: dict[str, list[str]]) -> list[str]:
    """Bring roles and row-level security to what is written here; ``scoped`` gives the UUIDs of each city's datasets
    that hold rows of units. Returns the names of permissions that this Superset does not know."""
    from superset.connectors.sqla.models import SqlaTable  # noqa: PLC0415 needs a running app

    tables = {str(table.uuid): table for table in db.session.query(SqlaTable).all()}
    unknown: list[str] = []
    for name, text in PERMISSIONS.items():
        wanted = [entry.strip() for entry in text.replace("\n", " ").split(";")]
        unknown += _set_role(db, manager, name, wanted)
    for city in cities:
        own = [table for table in tables.values() if table.database.database_name == f"cityeval {city.name}"]
        access = [f"datasource_access on {table.perm}" for table in own]
        guarded = [tables[key] for key in scoped[city.name]]
        names = [city.name, *(f"{city.name}/{district}" for district in city.districts)]
        for name in names:
            _set_role(db, manager, name, access)
        for district in city.districts:
            clause = "district_code = '{}'".format(district.replace("'", "''"))
            _rule(db, manager, f"{city.name}/{district}", kind="Regular", clause=clause, tables=guarded,
                  roles=[f"{city.name}/{district}"], group="district")  # fmt: skip
        _rule(db, manager, f"{city.name}: no scope, no row", kind="Base", clause="1 = 0", tables=guarded,
              roles=["Admin", *names])  # fmt: skip
        # SQL Lab knows no rows of one's own: only who sees the whole city may open its database, and no other city's.
        _set_role(db, manager, sql_role(city.name), [f"database_access on {_database(db, city).perm}"])
    _set_role(db, manager, "Public", [])
    return sorted(set(unknown))


def sql_role(city: str) -> str:
    """The role that opens the city's database in SQL Lab. No district's scope is called so: it has no slash."""
    return f"{city} SQL Lab"


def _database(db: Any, city: City) -> Any:
    from superset.models.core import Database  # noqa: PLC0415

    return db.session.query(Database).filter_by(database_name=f"cityeval {city.name}").one()


def _set_role(db: Any, manager: Any, name: str, wanted: list[str]) -> list[str]:
    role = manager.find_role(name) or manager.add_role(name)
    found, unknown = {}, []
    for entry in wanted:
        permission = manager.find_permission_view_menu(*entry.split(" on ", 1))
        if permission is None:
            unknown.append(entry)
        else:
            found[permission.id] = permission
    if {permission.id for permission in role.permissions} != set(found):
        role.permissions = list(found.values())
        db.session.commit()
    return unknown


def _rule(
    db: Any, manager: Any, name: str, *, kind: str, clause: str, tables: list[Any], roles: list[str], group: str = ""
) -> None:
    from superset.connectors.sqla.models import RowLevelSecurityFilter  # noqa: PLC0415

    rule = db.session.query(RowLevelSecurityFilter).filter_by(name=name).one_or_none()
    rule = rule or RowLevelSecurityFilter(name=name)
    rule.filter_type, rule.clause, rule.group_key, rule.tables = kind, clause, group or None, tables
    rule.roles = [manager.find_role(role) for role in roles]
    db.session.add(rule)
    db.session.commit()
