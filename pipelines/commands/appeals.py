"""Appeals: asking for an adjustment, deciding it, and the register of all of them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from pipelines.commands.common import CityOption, HomeOption, JsonOption, app, home_of, out, people, print_json, say
from pipelines.contracts import DELIVERED
from pipelines.errors import UsageError
from pipelines.settings import city_home

KINDS, DECISIONS = (DELIVERED["adjustments"].column(name).allowed for name in ("kind", "decision"))


@app.command()
def adjust(
    city: CityOption,
    by: Annotated[str, typer.Option("--by", help="who asks, or who decides: the post")],
    number: Annotated[str | None, typer.Argument(help="the request that is decided; none: a new one is made")] = None,
    decision: Annotated[str | None, typer.Option("--decision", help=" or ".join(DECISIONS))] = None,
    kind: Annotated[str | None, typer.Option("--kind", help=", ".join(KINDS))] = None,
    target: Annotated[str | None, typer.Option("--target", help="number of the case or finding, or the scheme")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="the unit that it is asked for")] = None,
    period: Annotated[str | None, typer.Option("--period", help="the period whose result is objected to")] = None,
    points: Annotated[str | None, typer.Option("--points", help="for bonus and penalty")] = None,
    reason: Annotated[str, typer.Option("--reason", help="why; kept and shown")] = "",
    home: HomeOption = None,
) -> None:
    """Ask for an adjustment after an appeal, or decide one; many at once come in a file by `cityeval land`."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.ingest import adjusting  # noqa: PLC0415
    from pipelines.lock import city_lock  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    asked = {"kind": kind, "target": target, "unit_code": unit, "period": period, "points": points}
    if not by.strip():
        raise UsageError("an adjustment needs a name", "give --by POST")
    if number is not None:
        given = [name for name, value in asked.items() if value is not None]
        if decision not in DECISIONS or given:
            raise UsageError(
                f"deciding {number} takes --decision granted or refused, and nothing of what was asked",
                "leave out the number to ask for something new",
            )
        with city_lock(folders, say):
            adjusting.decide(loaded, folders, number, decision=decision, by=by, note=reason, say=say)
        people.print(f"{number}: {decision}; `cityeval run --period P` computes the next version with it")
        return
    if decision is not None:
        raise UsageError("--decision needs the number of the request", "`cityeval adjustments` lists them")
    needed = {"--kind": kind, "--target": target, "--unit": unit, "--period": period, "--reason": reason.strip()}
    if kind in ("bonus", "penalty"):
        needed["--points"] = points
    lacking = [name for name, value in needed.items() if not value]
    if lacking:
        raise UsageError(f"a request needs {', '.join(lacking)}", "see `cityeval adjust --help`")
    if kind not in KINDS:
        raise UsageError(f"--kind {kind!r} is not known", f"use one of {', '.join(KINDS)}")
    with city_lock(folders, say):
        made = adjusting.ask(loaded, folders, asked | {"reason": reason.strip(), "requested_by": by.strip()}, say)
    out.print(made)
    people.print(f"asked for; another post decides: `cityeval adjust {made} --decision granted --by POST`")


@app.command()
def adjustments(
    city: CityOption,
    period: Annotated[str | None, typer.Option("--period", help="of this period only")] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Every adjustment that was asked for and what became of it, as of the last run."""
    from pipelines.answers.adjustments import adjustment_rows  # noqa: PLC0415

    name, folders = home_of(city, home)
    rows = adjustment_rows(folders, period)
    if as_json:
        print_json({"city": name, "adjustments": rows})
        return
    table = Table("number", "period", "unit", "kind", "target", "asked by", "decided by", "state", "reason")
    for row in rows:
        state = row["status_zh"] + ("（逾期）" if row["is_late"] and row["status"] == "applied" else "")
        cells: tuple[Any, ...] = (row["unit_name"], row["kind"], row["target"], row["requested_by"], row["decided_by"])
        shown = (escape(str(value or "")) for value in (*cells, state, row["reason"]))
        table.add_row(row["adjustment_id"], row["period"], *shown)
    out.print(table)
