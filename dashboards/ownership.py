"""Who may change charts and dashboards: Superset asks for their owner, and the owner of what is imported is admin."""

from __future__ import annotations

from typing import Any

from flask import g
from superset.security import SupersetSecurityManager


class SecurityManager(SupersetSecurityManager):
    """Superset's own, but that the data team may change what stands on data it may see; others, only what they own."""

    def raise_for_ownership(self, resource: Any) -> None:
        charts = getattr(resource, "slices", [resource])
        is_data_team = any(role.name == "data_team" for role in g.user.roles)
        if is_data_team and charts and all(self._sees(chart) for chart in charts):
            return
        super().raise_for_ownership(resource)

    def _sees(self, chart: Any) -> bool:
        data = getattr(chart, "datasource", None)
        return data is not None and self.can_access_datasource(data)
