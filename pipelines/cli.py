"""`cityeval`: the command line (design: stable). People read standard error and tables, programs read --json."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipelines.errors import CityevalError, UsageError
from pipelines.run import quiet_environment
from pipelines.settings import CityHome, city_home

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
# A pipe has no width of its own; 80 columns would cut Chinese remarks.
WIDTH = None if sys.stdout.isatty() else 140
people = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 140)
out = Console(highlight=False, width=WIDTH)

CityOption = Annotated[str, typer.Option("--city", help="name of a city, or the path of a city folder")]
HomeOption = Annotated[Path | None, typer.Option("--home", help="CITYEVAL_HOME for this call (default ./var)")]
PeriodOption = Annotated[str, typer.Option("--period", help="2026-10-05, 2026-W44, 2026-10, 2026-Q4, 2026-H2 or 2026")]
JsonOption = Annotated[bool, typer.Option("--json", help="one JSON document on standard output")]


def say(message: str) -> None:
    people.print(f"[dim]{datetime.now():%H:%M:%S}[/dim] {escape(message)}", soft_wrap=True)


def print_json(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def _home(city: str, home: Path | None) -> tuple[str, CityHome]:
    from pipelines.city import load_city  # noqa: PLC0415 keeps --help fast

    name = load_city(city).name
    return name, city_home(name, home)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError as error:
        raise UsageError(f"--as-of {text!r} is not a moment", "write 2026-10-31T23:59:59") from error


@app.command()
def run(
    city: CityOption,
    period: Annotated[str | None, typer.Option("--period")] = None,
    input_dir: Annotated[Path | None, typer.Option("--input", help="folder with the files of the feeds")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="local moment, 2026-10-31T23:59:59")] = None,
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="rebuild the warehouse from the lake")] = False,
    home: HomeOption = None,
) -> None:
    """Land → lake → warehouse → audit → publish → release → export."""
    from pipelines.run import run_city  # noqa: PLC0415

    if input_dir is not None and not input_dir.is_dir():
        raise UsageError(f"--input {input_dir} is not a folder", "name the folder that holds the files")
    result = run_city(
        city, home=home, period=period, input_dir=input_dir, as_of=_moment(as_of), full_refresh=full_refresh, say=say
    )
    folders = city_home(result.city, home)
    _show_ranks(folders, result.city, result.period)
    table = Table("step", "seconds", title="where the time went")
    for step, seconds in result.seconds.items():
        table.add_row(step, f"{seconds:.1f}")
    people.print(table)
    if result.late_changes:
        say(
            f"figures of published periods have moved: {', '.join(result.late_changes)}; "
            "`cityeval run --period P` publishes the next version of one"
        )
    people.print(f"new deliveries: {len(result.deliveries)}; new publications: {len(result.publications)}")
    people.print(f"release:  {folders.current}")
    for path in result.exports:
        people.print(f"export:   {path}")


@app.command()
def land(
    files: Annotated[list[Path], typer.Argument(help="files of one source")],
    city: CityOption,
    source: Annotated[str, typer.Option("--source", help="name of a file under the city's sources/")],
    home: HomeOption = None,
) -> None:
    """Validate and take in a delivery."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.ingest import land_files  # noqa: PLC0415
    from pipelines.lock import city_lock  # noqa: PLC0415

    loaded = load_city(city)
    if source not in loaded.sources:
        raise UsageError(f"{loaded.name} has no source {source!r}", f"use one of {', '.join(loaded.sources)}")
    for file in files:
        if not file.is_file():
            raise UsageError(f"{file}: there is no such file", "check the path")
    folders = city_home(loaded.name, home)
    with city_lock(folders, say):
        landed = land_files(loaded, folders, loaded.sources[source], files, say=say)
    for delivery in landed:
        people.print(f"{delivery.file}: {delivery.state}, {delivery.accepted} accepted, {delivery.rejected} rejected")
    if any(delivery.state == "refused" for delivery in landed):
        raise typer.Exit(1)


@app.command()
def deliveries(city: CityOption, as_json: JsonOption = False, home: HomeOption = None) -> None:
    """What came in, by reason where rejected."""
    from pipelines.ingest.ledger import read_ledger  # noqa: PLC0415

    name, folders = _home(city, home)
    rows = read_ledger(folders.lake)
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
        )
        print_json({"city": name, "deliveries": [{f: getattr(d, f) for f in fields} for d in rows]})
        return
    table = Table("source", "file", "state", "rows", "accepted", "repaired", "rejected", "out of scope", "reasons")
    for d in rows:
        reasons = ", ".join(f"{reason} {count}" for reason, count in d.reasons.items())
        table.add_row(
            d.source,
            d.file,
            d.state,
            *(str(n) for n in (d.rows, d.accepted, d.repaired, d.rejected, d.out_of_scope)),
            reasons,
        )
    out.print(table)


@app.command()
def indicators(
    city: CityOption,
    period: PeriodOption,
    unit: Annotated[str | None, typer.Option("--unit")] = None,
    indicator: Annotated[str | None, typer.Option("--indicator")] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Indicators with numerator, denominator and rate, from the current release."""
    from pipelines.answers.documents import indicator_document  # noqa: PLC0415

    name, folders = _home(city, home)
    document = indicator_document(folders, name, period, unit, indicator)
    if as_json:
        print_json(document)
        return
    table = Table("kind", "unit", "channel", "indicator", "numerator", "denominator", "rate", "why blank")
    for r in document["rows"]:
        if r["denominator"] or unit:
            rate = "" if r["rate"] is None else f"{r['rate']:.2%}"
            table.add_row(
                r["unit_kind"],
                r["unit_name"],
                r["channel"],
                r["indicator"],
                str(r["numerator"]),
                str(r["denominator"]),
                rate,
                r["reason"] or "",
            )
    out.print(table)


@app.command()
def rank(
    city: CityOption,
    period: PeriodOption,
    scheme: Annotated[str | None, typer.Option("--scheme")] = None,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """The ranking inside each peer group, from the current release."""
    from pipelines.answers.documents import rank_document  # noqa: PLC0415

    name, folders = _home(city, home)
    if as_json:
        print_json(rank_document(folders, name, period, scheme))
        return
    _show_ranks(folders, name, period, scheme)


def _show_ranks(folders: CityHome, city: str, period: str, scheme: str | None = None) -> None:
    from pipelines.answers.documents import rank_document  # noqa: PLC0415

    document = rank_document(folders, city, period, scheme)
    if not document["groups"]:
        people.print(f"no scheme of {city} ranks anybody in {period}")
    for group in document["groups"]:
        table = Table(
            "rank", "unit", "score", "grade", "remark", title=f"{period} {group['scheme']} · {group['peer_group']}"
        )
        for u in group["units"]:
            score = "" if u["score"] is None else f"{u['score']:.2f}"
            table.add_row(
                str(u["rank"] or "—"),
                f"{u['unit_name']} ({u['unit_code']})",
                score,
                u["grade"] or "",
                u["reason"] or "",
            )
        out.print(table)


@app.command()
def explain(
    city: CityOption,
    period: PeriodOption,
    unit: Annotated[str, typer.Option("--unit")],
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Points lost by item and the cases that cost them."""
    from pipelines.answers.documents import explain_document  # noqa: PLC0415

    name, folders = _home(city, home)
    document = explain_document(folders, name, period, unit)
    if as_json:
        print_json(document)
        return
    items = Table("scheme", "item", "lost", "of", "why", title=f"{document['unit_name']} {period}")
    for i in document["items"]:
        lost = "—" if i["points_lost"] is None else f"{i['points_lost']:.2f}"
        items.add_row(i["scheme"], i["item_zh"], lost, f"{i['full_marks']:.2f}", i["reason_zh"] or "")
    out.print(items)
    for reason, found in document["cases"].items():
        table = Table("case", "due", "closed", "rework", "file", "row", title=f"{reason}: {found['count']} cases")
        for row in found["rows"][:10]:
            table.add_row(
                row["case_id"],
                row["due_at"] or "",
                row["closed_at"] or "",
                str(row["rework_count"]),
                row["source_file"],
                str(row["source_row"]),
            )
        if found["count"]:
            out.print(table)


@app.command()
def export(
    city: CityOption,
    period: PeriodOption,
    out_dir: Annotated[Path | None, typer.Option("--out", help="folder for workbook and tables")] = None,
    home: HomeOption = None,
) -> None:
    """Workbook, tables and quality report of a period, from the current release."""
    from pipelines.answers.documents import head  # noqa: PLC0415
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.run import export as export_city  # noqa: PLC0415

    loaded = load_city(city)
    folders = city_home(loaded.name, home)
    head(folders, loaded.name, period)
    for path in export_city(loaded, folders, period, out_dir):
        out.print(str(path), soft_wrap=True)


@app.command()
def publications(
    city: CityOption,
    as_json: JsonOption = False,
    roll_back: Annotated[str | None, typer.Option("--roll-back", help="make this release current again")] = None,
    home: HomeOption = None,
) -> None:
    """Publications with their versions, and the releases that are kept."""
    from pipelines.warehouse import publication, release  # noqa: PLC0415

    name, folders = _home(city, home)
    if roll_back:
        release.roll_back(folders, roll_back)
        say(f"release {roll_back} is current again")
    found = publication.publications(folders.lake)
    kept = release.releases(folders)
    if as_json:
        last = {p.period: p.version for p in found}
        print_json(
            {
                "city": name,
                "publications": [
                    {
                        k: p.manifest[k]
                        for k in (
                            "period",
                            "period_type",
                            "version",
                            "as_of",
                            "code_version",
                            "scheme_versions",
                            "input_hash",
                            "figures_hash",
                        )
                    }
                    | {"state": "current" if last[p.period] == p.version else "superseded"}
                    for p in found
                ],
                "releases": [{"release": r.release_id, "current": r.is_current} for r in kept],
            }
        )
        return
    table = Table("period", "version", "as of", "schemes", "code", title="publications")
    for p in found:
        table.add_row(
            p.period, str(p.version), p.manifest["as_of"], p.manifest["scheme_versions"], p.manifest["code_version"]
        )
    out.print(table)
    for r in kept:
        out.print(f"{'→' if r.is_current else ' '} release {r.release_id}")


@app.command()
def check(city: CityOption) -> None:
    """Validate a city folder; nothing is run."""
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.scoring import load_schemes  # noqa: PLC0415

    loaded = load_city(city)
    schemes = load_schemes(loaded)
    people.print(
        f"{loaded.name}: {loaded.reference['units'].height} units, {len(loaded.sources)} sources, "
        f"{len(schemes)} schemes: all right"
    )


@app.command()
def doctor(home: HomeOption = None) -> None:
    """What is installed, reachable, stale."""
    from pipelines.doctor import examine  # noqa: PLC0415

    table = Table("what", "state", "remark")
    healthy = True
    for finding in examine(home):
        healthy = healthy and finding.is_good
        table.add_row(finding.what, "good" if finding.is_good else "[red]bad[/red]", finding.remark)
    out.print(table)
    if not healthy:
        raise typer.Exit(1)


def main() -> None:
    """Entry point: errors a user can cause become one plain message and an exit code."""
    quiet_environment()
    try:
        app()
    except CityevalError as error:
        people.print(f"[red]cityeval:[/red] {escape(error.what)}", soft_wrap=True)
        if error.remedy:
            people.print(f"  → {error.remedy}", markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
