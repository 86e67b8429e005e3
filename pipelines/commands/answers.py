"""Answers from the current release."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.table import Column, Table

from pipelines.commands.common import (
    PROVISIONAL,
    CityOption,
    HomeOption,
    JsonOption,
    PeriodOption,
    app,
    home_of,
    out,
    people,
    print_json,
    settled,
)
from pipelines.errors import UsageError
from pipelines.settings import CityHome, city_home


@app.command()
def indicators(
    city: CityOption,
    period: PeriodOption,
    unit: Annotated[str | None, typer.Option("--unit")] = None,
    indicator: Annotated[str | None, typer.Option("--indicator")] = None,
    listed: Annotated[
        bool, typer.Option("--explain", help="List the cases or records behind one --indicator of one --unit.")
    ] = False,
    channel: Annotated[str, typer.Option("--channel", help="hotline, grid or all, with --explain.")] = "all",
    page: Annotated[int, typer.Option("--page", min=1, help="Which page of the list.")] = 1,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows on a page.")] = 50,
    as_json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Indicators with numerator, denominator and rate, and the periods before, from the current release."""
    from pipelines.answers.documents import indicator_document  # noqa: PLC0415

    name, folders = home_of(city, home)
    if listed:
        if unit is None or indicator is None:
            raise UsageError("--explain lists what stands behind one figure", "add --unit U --indicator I")
        _show_proofs(folders, name, (period, unit, indicator, channel), page, limit, as_json=as_json)
        return
    document = indicator_document(folders, name, period, unit, indicator)
    if as_json:
        print_json(document)
        return
    table = Table(
        *("unit", "channel", Column("indicator", min_width=12, overflow="fold"), "counts", "rate", "95 %"),
        *("before", "year before", "year to date", "remark"),
        title=f"{period} · {settled(document)}",
    )
    for r in document["rows"]:
        if r["denominator"] or unit:
            rate, *others = (
                _percent(r[key]) for key in ("rate", "previous_rate", "year_before_rate", "year_to_date_rate")
            )
            counts = f"{r['numerator']} / {r['denominator']}"
            table.add_row(r["unit_name"], r["channel"], r["indicator"], counts, rate, _interval(r), *others, _remark(r))
    if table.row_count:
        out.print(table)
        for line in [*_feeds(document["rows"]), *_faults(document["case_faults"])]:
            people.print(line, markup=False, soft_wrap=True)
    elif document["rows"]:
        reasons = ", ".join(sorted({r["reason"] for r in document["rows"] if r["reason"]}))
        people.print(f"every indicator of {period} is blank ({reasons}); --unit U lists those of a unit")


def _show_proofs(
    folders: CityHome, city: str, figure: tuple[str, str, str, str], page: int, most: int, *, as_json: bool
) -> None:
    """Numerator and denominator of ``figure`` (period, unit, indicator, channel), a page of rows of each."""
    from pipelines.answers.proofs import proof_document  # noqa: PLC0415

    document = proof_document(folders, city, *figure, page=page, most=most)
    if as_json:
        print_json(document)
        return
    for line in _carried(document):
        people.print(line, markup=False, soft_wrap=True)
    for side in ("numerator", "denominator"):
        found = document[side]
        last = -(-found["count"] // most)
        title = (
            f"{document['unit_name']} {figure[0]} ({settled(document)}) {document['indicator']}, {side}: "
            f"{found['measure']} = {found['value']} in {found['count']} rows, page {page} of {last}"
        )
        table = Table("case / record", "unit", "area", "due / day", "closed", "adds", "file", "row", title=title)
        for row in found["rows"]:
            table.add_row(
                row.get("case_id") or row.get("record_key"),
                row["unit_code"] + (f" ({row['succession']})" if row.get("succession") else ""),  # "D1 (D0 → D1)"
                row.get("area_code") or "",
                row.get("due_at") or row.get("occurred_on") or "",
                row.get("closed_at") or "",
                str(row["value"]),
                row["source_file"],
                str(row["source_row"]),
            )
        out.print(table)


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{rate:.2%}"


def _interval(row: dict[str, Any]) -> str:
    return "" if row["wilson_low"] is None else f"{100 * row['wilson_low']:.1f}–{row['wilson_high']:.1%}"


def _remark(row: dict[str, Any]) -> str:
    """Why the figure is blank, and that it is provisional where it is."""
    flag = " ".join(PROVISIONAL.values()) if row["is_calendar_provisional"] else ""
    return "；".join(text for text in (row["reason"], flag) if text)


def _carried(row: dict[str, Any]) -> list[str]:
    """What stands behind one figure: definition, clauses, sample, interval, freshness, rejected input, remarks."""
    lines = [f"{row['definition_zh']}  {row['definition_en']}"]
    if row["clauses"] or row["standard"]:
        lines.append(f"依据 standard: {row['standard'] or '—'}　条款 clauses: {', '.join(row['clauses']) or '—'}")
    interval = f"，95% 区间 interval {_interval(row)}" if _interval(row) else ""
    lines.append(f"比率 rate: {_percent(row['rate']) or '—'}，样本量 sample size {row['sample_size']}{interval}")
    lines += _feeds([row])
    return lines + ([_remark(row)] if _remark(row) else [])


def _feeds(rows: list[dict[str, Any]]) -> list[str]:
    """How fresh the data is and how much of it was rejected, once for figures that share it."""
    from pipelines.contracts import DELIVERED  # noqa: PLC0415

    told = [row for row in rows if row["rejected_rate"] is not None]
    found = sorted({(r["contract"], r["channel"], r["fresh_at"] or "", r["rejected_rate"]) for r in told})
    return [
        f"{DELIVERED[contract].zh} {contract}（{channel}）：数据截至 data up to {fresh.replace('T', ' ') or '—'}，"
        f"退回 rejected {_percent(rejected)}"
        for contract, channel, fresh, rejected in found
    ]


def _faults(faults: list[dict[str, Any]]) -> list[str]:
    """One line for each kind of fault of the cases delivered."""
    lines = []
    for code in dict.fromkeys(fault["fault"] for fault in faults):
        mine = [fault for fault in faults if fault["fault"] == code]
        where = ", ".join(f"{f['source']} {f['stage']} {f['case_count']}/{f['of_count']}" for f in mine)
        lines.append(f"{mine[0]['fault_zh']} {mine[0]['fault_en']}: {where}")
    return lines


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

    name, folders = home_of(city, home)
    if as_json:
        print_json(rank_document(folders, name, period, scheme))
        return
    show_ranks(folders, name, period, scheme)


def show_ranks(folders: CityHome, city: str, period: str, scheme: str | None = None) -> None:
    from pipelines.answers.documents import rank_document  # noqa: PLC0415

    document = rank_document(folders, city, period, scheme)
    if not document["groups"]:
        people.print(f"no scheme of {city} ranks anybody in {period}")
    for group in document["groups"]:
        table = Table("rank", "unit", "score", "grade", "remark")
        table.title = f"{period} {group['scheme']} · {group['peer_group']} · {settled(document)}"
        table.min_width = cell_len(table.title) + 2
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
    """Points lost by item with the cases that cost them, the next grade, and what moved since the period before."""
    from pipelines.answers.explain import explain_document  # noqa: PLC0415
    from pipelines.city import load_city  # noqa: PLC0415
    from pipelines.commands.explained import show_explanation  # noqa: PLC0415
    from pipelines.scoring import load_schemes  # noqa: PLC0415

    loaded = load_city(city)
    document = explain_document(city_home(loaded.name, home), loaded.name, load_schemes(loaded), period, unit)
    if as_json:
        print_json(document)
    else:
        show_explanation(document, loaded.settings.language)
