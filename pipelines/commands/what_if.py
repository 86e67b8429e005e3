"""The command that tries a draft scheme on past periods."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from pipelines.commands.common import CityOption, HomeOption, JsonOption, app, out, people, print_json, say
from pipelines.settings import city_home


@app.command("what-if")
def what_if(
    city: CityOption,
    scheme: Annotated[Path, typer.Option("--scheme", help="file of the draft; a known name takes that one's place")],
    periods: Annotated[str, typer.Option("--periods", help="2026-09,2026-10 (default: every complete one)")] = "",
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Score past periods again under a draft scheme, before it is signed; nothing that is published is touched."""
    from pipelines.answers.reading import plain_rows  # noqa: PLC0415
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.lock import city_lock  # noqa: PLC0415
    from pipelines.scoring import load_schemes  # noqa: PLC0415
    from pipelines.warehouse.what_if import what_if as tried  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    wanted = [name.strip() for name in periods.split(",") if name.strip()]
    with city_lock(folders, say):
        document = tried(loaded, load_schemes(loaded), folders, scheme, wanted)
    for group in document["groups"]:
        group["units"] = plain_rows(group["units"])
    if as_json:
        print_json(document)
        return
    for group in document["groups"]:
        _show(document["scheme"], group, loaded.settings.language)
    for other in document["elsewhere"]:
        people.print(
            f"{other['scheme']} {other['period']}: 得分变动的单位 units whose score would move: {other['units_moved']}"
        )


def _show(scheme: str, group: dict[str, Any], language: str) -> None:
    table = Table(
        "名次 rank", "原名次 now", "升降 change", "单位 unit", "得分 score", "原得分 now", "变动 change", "等次 grade"
    )
    table.add_column("说明 remark")
    table.title = f"{scheme} · {group['period']} · {group['peer_group']}（试算 what-if）"
    for unit in group["units"]:
        moved = unit["rank_change"]
        arrow = "" if not moved else f"▲{moved}" if moved > 0 else f"▼{-moved}"
        was, is_ = unit["grade_before"] or "", unit["grade"] or ""
        table.add_row(
            str(unit["rank"] or "—"),
            str(unit["rank_before"] or "—"),
            arrow,
            f"{escape(unit['unit_name'])} ({unit['unit_code']})",
            "" if unit["score"] is None else f"{unit['score']:.2f}",
            "" if unit["score_before"] is None else f"{unit['score_before']:.2f}",
            f"{unit['change']:+.2f}" if unit["change"] else "",
            is_ if was == is_ else f"{was} → {is_}",
            escape(unit[f"reason_{language}"] or ""),
        )
    out.print(table)
