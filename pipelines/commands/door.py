"""Commands of the door: what comes in, what was rejected, what was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from pipelines.commands.common import (
    CityOption,
    HomeOption,
    JsonOption,
    app,
    file_can_be_written,
    out,
    people,
    print_json,
    say,
)
from pipelines.errors import UsageError
from pipelines.settings import city_home


@app.command()
def land(
    city: CityOption,
    files: Annotated[list[Path] | None, typer.Argument(help="files of one source")] = None,
    source: Annotated[str | None, typer.Option("--source", help="name of a file under the city's sources/")] = None,
    again: Annotated[bool, typer.Option("--again", help="read again what is still in landing")] = False,
    home: HomeOption = None,
) -> None:
    """Validate and take in a delivery; or read landing again under a corrected mapping."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.ingest import land_files  # noqa: PLC0415
    from pipelines.ingest.feeds import watched  # noqa: PLC0415
    from pipelines.ingest.ledger import read_ledger  # noqa: PLC0415
    from pipelines.lock import city_lock  # noqa: PLC0415
    from pipelines.notify import tell  # noqa: PLC0415
    from pipelines.warehouse.inputs import horizon_of  # noqa: PLC0415

    loaded = load_city(city)
    if source is not None and source not in loaded.sources:
        raise UsageError(f"{loaded.name} has no source {source!r}", f"use one of {', '.join(loaded.sources)}")
    folders = city_home(loaded.name, home)
    if again:
        if files:
            raise UsageError("--again reads what is in landing and takes no files", "leave out either of them")
        _land_again(loaded, folders, source)
        return
    if not files or source is None:
        raise UsageError("land needs files and the --source that they belong to", "or --again, for landing as it is")
    for file in files:
        if file.is_dir():
            raise UsageError(f"{file} is a folder", f"name the files in it: {file}/*, or `cityeval run --input {file}`")
        if not file.is_file():
            raise UsageError(f"{file}: there is no such file", "check the path")
    with city_lock(folders, say):
        landed = land_files(loaded, folders, loaded.sources[source], files, say=say)
        found = watched(loaded, folders, read_ledger(folders.lake), horizon_of(loaded))
        tell(loaded.name, folders, found.notices, say)
    for delivery in landed:
        people.print(f"{delivery.file}: {delivery.state}, {delivery.accepted} accepted, {delivery.rejected} rejected")
    if any(delivery.state != "accepted" for delivery in landed):
        raise typer.Exit(1)


def _land_again(loaded: Any, folders: Any, source: str | None) -> None:
    from pipelines.ingest.replay import land_again  # noqa: PLC0415
    from pipelines.lock import city_lock  # noqa: PLC0415

    with city_lock(folders, say):
        done = land_again(loaded, folders, source=source, say=say)
    table = Table("source", "file", "accepted", "rejected", "state", title="read again")
    for before, after in done.changed:
        table.add_row(
            after.source,
            escape(after.file),
            f"{before.accepted} → {after.accepted}",
            f"{before.rejected} → {after.rejected}",
            after.state if before.state == after.state else f"{before.state} → {after.state}",
        )
    if done.changed:
        people.print(table)
    people.print(
        f"read again: {len(done.changed)}; read under the present settings already: {len(done.same)}; "
        f"no more in landing: {len(done.gone)}"
    )
    for entry in done.gone:
        people.print(f"  no more in landing: {escape(entry.source)}: {escape(entry.file)} ({entry.delivery_id})")
    for entry in done.orphans:
        people.print(f"  its source is no more: {escape(entry.source)}: {escape(entry.file)} ({entry.delivery_id})")
    if done.gone:
        people.print("  → have them delivered again; until then their rows stay as they were read")


@app.command()
def deliveries(city: CityOption, as_json: JsonOption = False, home: HomeOption = None) -> None:
    """What came in, by reason where rejected."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.ingest.closings import closed_counts  # noqa: PLC0415
    from pipelines.ingest.feeds import watched  # noqa: PLC0415
    from pipelines.ingest.ledger import read_ledger  # noqa: PLC0415
    from pipelines.warehouse.inputs import horizon_of  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    rows = read_ledger(folders.lake)
    feeds = watched(loaded, folders, rows, horizon_of(loaded)).feeds
    closed = closed_counts(folders) if rows else {}
    if as_json:
        fields = (
            "delivery_id",
            "source",
            "file",
            "rows",
            "accepted",
            "repaired",
            "rejected",
            "out_of_scope",
            "reasons",
            "state",
            "warnings",
            "alerts",
            "decision",
            "decided_by",
            "decision_reason",
        )
        print_json(
            {
                "city": loaded.name,
                "deliveries": [
                    {f: getattr(d, f) for f in fields}
                    | {
                        "closed": closed.get(d.delivery_id, 0),
                        "decided_at": d.decided_at.isoformat() if d.decided_at else None,
                    }
                    for d in rows
                ],
                "feeds": [
                    {
                        "source": feed.source,
                        "state": feed.state,
                        "newest_on": feed.newest_on.isoformat() if feed.newest_on else None,
                        "reasons": [lack.en for lack in feed.lacks],
                    }
                    for feed in feeds
                ],
            }
        )
        return
    table = Table(
        "source", "file", "state", "rows", "accepted", "repaired", "rejected", "closed", "out of scope", "reasons"
    )
    for d in rows:
        notes = [", ".join(f"{reason} {count}" for reason, count in d.reasons.items())]
        notes += [f"{alert['level']}: {alert['en']}" for alert in d.alerts]
        if d.decision:
            notes.append(f"{d.decision.replace('_', ' ')} by {d.decided_by}: {d.decision_reason}")
        table.add_row(
            d.source,
            escape(d.file),
            d.state,
            *(str(n) for n in (d.rows, d.accepted, d.repaired, d.rejected)),
            str(closed.get(d.delivery_id, 0)),
            str(d.out_of_scope),
            escape("\n".join(note for note in notes if note)),
        )
    out.print(table)
    for feed in feeds:
        if feed.state != "good":
            out.print(f"feed {feed.source}: {feed.state}: {escape('; '.join(lack.en for lack in feed.lacks))}")
    stopped = [d for d in rows if d.state == "stopped" and d.decision is None]
    for d in stopped:
        out.print(
            f"stopped: `cityeval override {d.delivery_id} --city {loaded.name} --by NAME --reason TEXT` lets it in"
        )


@app.command()
def rejects(
    city: CityOption,
    source: Annotated[str | None, typer.Option("--source", help="of this source only")] = None,
    delivery: Annotated[str | None, typer.Option("--delivery", help="of this delivery only")] = None,
    to: Annotated[Path | None, typer.Option("--out", help="write this workbook")] = None,
    with_closed: Annotated[bool, typer.Option("--closed", help="closed ones too, marked")] = False,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """The rejected rows, as a workbook to send back to whoever delivered."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.export.reject_workbook import reject_table, write_reject_workbook  # noqa: PLC0415
    from pipelines.ingest.ledger import read_ledger  # noqa: PLC0415
    from pipelines.ingest.overrides import find_delivery  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    chosen = read_ledger(folders.lake)
    if delivery is not None:
        chosen = [find_delivery(folders.lake, delivery)]
    if source is not None:
        if source not in loaded.sources:
            raise UsageError(f"{loaded.name} has no source {source!r}", f"use one of {', '.join(loaded.sources)}")
        chosen = [d for d in chosen if d.source == source]
    if not chosen:
        raise UsageError("there is no such delivery yet", "`cityeval deliveries` lists what came in")
    table = reject_table(loaded, folders, chosen)
    shown = table if with_closed else table.filter(table["state"] == "open")
    if to is not None:
        if to.suffix.lower() != ".xlsx":
            raise UsageError(f"--out {to} is not a workbook", "give it a name that ends in .xlsx")
        file_can_be_written(to)
        path = write_reject_workbook(to, loaded, table, chosen, with_closed=with_closed)
        people.print(f"written: {escape(str(path))}", soft_wrap=True)
    if as_json:
        print_json({"city": loaded.name, "rejects": shown.to_dicts()})
        return
    totals = shown.group_by("source", "file", "reason", "state", maintain_order=True).len()
    summary = Table("source", "file", "reason", "state", "faults")
    for name, file, reason, state, count in totals.iter_rows():
        summary.add_row(name, escape(file), reason, state, str(count))
    out.print(summary)
    if to is None and shown.height:
        people.print("--out FILE.xlsx writes the workbook to send back; --closed shows closed ones too")


@app.command()
def override(
    delivery: Annotated[str, typer.Argument(help="delivery_id of a stopped delivery, or how it begins")],
    city: CityOption,
    by: Annotated[str, typer.Option("--by", help="who decides")],
    reason: Annotated[str, typer.Option("--reason", help="why; kept and shown")],
    keep_out: Annotated[bool, typer.Option("--keep-out", help="leave it out for good; hold no unit back")] = False,
    home: HomeOption = None,
) -> None:
    """Let a stopped delivery in, with name and reason; or leave it out for good."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.ingest.overrides import decide  # noqa: PLC0415
    from pipelines.ingest.thresholds import settle  # noqa: PLC0415
    from pipelines.lock import city_lock  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    with city_lock(folders, say):
        decision = decide(loaded, folders, delivery, kind="keep_out" if keep_out else "let_in", by=by, reason=reason)
        settle(loaded, folders, say)
    people.print(f"{decision.delivery_id}: {decision.decision.replace('_', ' ')}; `cityeval run` computes with it")
