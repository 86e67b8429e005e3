"""Who may change charts and dashboards: Superset asks for their owner, and the owner of what is imported is admin."""

from __future__ import annotations

import threading
from typing import Any

from cachetools import TTLCache, cached
from flask import g
from superset.security import SupersetSecurityManager

# What a role may is asked eight times a chart and changes when pages are set up: it is known this many seconds. Which
# roles a person has is asked each time.
LASTS = 30
KNOWN: TTLCache[Any, bool] = TTLCache(maxsize=10_000, ttl=LASTS)
LOCK = threading.Lock()


class SecurityManager(SupersetSecurityManager):
    """Superset's own, but that the data team may change what stands on data it may see; others, only what they own."""

    @cached(KNOWN, key=lambda _, view, permission, roles: (view, permission, tuple(sorted(roles))), lock=LOCK)
    def exist_permission_on_roles(self, view_name: str, permission_name: str, role_ids: list[int]) -> bool:
        return bool(super().exist_permission_on_roles(view_name, permission_name, role_ids))

    def raise_for_ownership(self, resource: Any) -> None:
        charts = getattr(resource, "slices", [resource])
        is_data_team = any(role.name == "data_team" for role in g.user.roles)
        if is_data_team and charts and all(self._sees(chart) for chart in charts):
            return
        super().raise_for_ownership(resource)

    def _sees(self, chart: Any) -> bool:
        data = getattr(chart, "datasource", None)
        return data is not None and self.can_access_datasource(data)
