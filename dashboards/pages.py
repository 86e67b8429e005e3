"""One dashboard per city from the pages' descriptions: a tab per page, so that filters hold across pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dashboards.places import City

CSS = Path(__file__).with_name("pages.css").read_text(encoding="utf-8")


class Layout:
    """The grid of a dashboard: tabs over rows over charts and texts."""

    def __init__(self, title: str) -> None:
        tabs = {"type": "TABS", "id": "TABS-pages", "children": [], "parents": ["ROOT_ID"], "meta": {}}
        self.position: dict[str, Any] = {
            "DASHBOARD_VERSION_KEY": "v2",
            "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["TABS-pages"]},
            "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": [], "parents": ["ROOT_ID"]},
            "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": title}},
            "TABS-pages": tabs,
        }
        self.numbers: dict[str, int] = {}  # chart → its number in this file; the importer finds it by UUID

    def tab(self, page: str, text: str) -> str:
        tab = f"TAB-{page}"
        self._put(tab, "TAB", ["ROOT_ID", "TABS-pages"], {"text": text, "defaultText": text, "placeholder": text})
        return tab

    def row(self, tab: str, number: int) -> str:
        row = f"ROW-{tab[4:]}-{number}"
        self._put(row, "ROW", [*self.position[tab]["parents"], tab], {"background": "BACKGROUND_TRANSPARENT"})
        return row

    def chart(self, row: str, key: str, *, uuid: str, title: str, width: int, height: int) -> None:
        """A chart may stand on several pages; it is one chart then, in several places."""
        number = self.numbers.setdefault(key, len(self.numbers) + 1)
        meta = {"chartId": number, "uuid": uuid, "sliceName": title, "width": width, "height": height}
        self._put(f"CHART-{key}-{row[4:]}", "CHART", [*self.position[row]["parents"], row], meta)

    def _put(self, node: str, kind: str, parents: list[str], meta: dict[str, Any]) -> None:
        self.position[node] = {"type": kind, "id": node, "children": [], "parents": parents, "meta": meta}
        self.position[parents[-1]]["children"].append(node)


def select_filter(key: str, spec: dict[str, Any], *, city: City, dataset: str, excluded: list[int]) -> dict[str, Any]:
    """A filter of the bar at the left; it acts on the pages it names, but for the charts that exclude it."""
    is_first = bool(spec.get("first"))
    return {
        "id": f"NATIVE_FILTER-{key}",
        "type": "NATIVE_FILTER",
        "name": city.label(spec["title"]),
        "filterType": "filter_select",
        "description": "",
        "targets": [{"datasetUuid": dataset, "column": {"name": spec["column"]}}],
        "cascadeParentIds": [f"NATIVE_FILTER-{parent}" for parent in spec.get("within", [])],
        "scope": {
            "rootPath": [f"TAB-{page}" for page in spec["pages"]] if "pages" in spec else ["ROOT_ID"],
            "excluded": excluded,
        },
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "requiredFirst": is_first,
        "sortMetric": f"m_{spec['by']}" if "by" in spec else None,
        "controlValues": {
            "enableEmptyFilter": is_first,
            "defaultToFirstItem": is_first,
            "multiSelect": not is_first,
            "searchAllOptions": False,
            "inverseSelection": False,
            "sortAscending": spec.get("ascending", True),
        },
    }
