"""An explanation for people: tables, and the next grade and the change in words."""

from __future__ import annotations

from typing import Any

from rich.markup import escape
from rich.table import Table

from pipelines.commands.common import PROVISIONAL, out, settled

Row = dict[str, Any]
MOST = 10  # rows shown of each list; what is left out is told
NAMES = {
    "cases": ("case_id", "due_at", "handled_at", "closed_at", "value"),
    "records": ("record_key", "part", "value", "occurred_on"),
    "work": ("operation_key", "planned", "actual", "unit_of_measure"),
    "scores": ("period", "unit_name", "score", "rank"),
}


def show_explanation(document: Row, language: str) -> None:
    """Print ``document`` (see `explain_document`); sentences are in ``language`` (zh or en)."""
    items = Table("scheme", "item", "lost", "of", "rows that cost", "why")
    items.title = f"{document['unit_name']} {document['period']} · {settled(document)}"
    for item in document["items"]:
        lost = "—" if item["points_lost"] is None else f"{item['points_lost']:.2f}"
        cost = str(item["costs"]["count"]) if item["costs"] else ""
        why = item[f"reason_{language}"] or ""
        if item["is_calendar_provisional"]:
            why += f"（{PROVISIONAL['zh']}）" if language == "zh" else f" ({PROVISIONAL['en']})"
        items.add_row(item["scheme"], item["item_zh"], lost, f"{item['full_marks']:.2f}", cost, escape(why))
    out.print(items)
    for grade in document["next_grades"]:
        _next_grade(grade, language)
    for change in document["changes"]:
        _change(change, language)
    for item in document["items"]:
        if item["costs"] and item["costs"]["count"]:
            _costs(item, document, language)
    if document["targets"]:
        _targets(document["targets"])
    for adjustment in document["adjustments"]:
        told = f"{adjustment['kind']} {adjustment['target']}: {adjustment['reason']}"
        out.print(f"adjustment {adjustment['adjustment_id']}: {told}", markup=False, soft_wrap=True)


def _next_grade(grade: Row, language: str) -> None:
    zh = f"{grade['scheme']}：距“{grade['grade']}”（{grade['from_score']} 分）差 {grade['points']} 分"
    en = f"{grade['scheme']}: {grade['points']} points short of {grade['grade']} ({grade['from_score']})"
    out.print(zh if language == "zh" else en, markup=False, soft_wrap=True)
    if grade["reason"]:
        out.print(f"  {grade['reason']}", markup=False, soft_wrap=True)
    for item in grade["items"]:
        out.print(f"  {item[f'item_{language}']}: {item[f'words_{language}']}", markup=False, soft_wrap=True)


def _change(change: Row, language: str) -> None:
    names = {"zh": ("业务量", "比率", "办法", "其他"), "en": ("volume", "rate", "rule", "other")}[language]
    before, now = f"{change['score_before']:.2f}", f"{change['score']:.2f}"
    table = Table("item", "change", *names)
    table.title = f"{change['scheme']}: {change['previous_period']} {before} → {now} ({change['change']:+.2f})"
    for line in change["lines"]:
        parts = (line[part] for part in ("change", "volume", "rate", "rule", "other"))
        table.add_row(line[f"item_{language}"], *(f"{part:+.2f}" if part else "" for part in parts))
    out.print(table)


def _costs(item: Row, document: Row, language: str) -> None:
    costs = item["costs"]
    names = NAMES[costs["kind"]]
    with_source = costs["kind"] != "scores"
    table = Table(*names, *(("file", "row") if with_source else ()))
    table.title = f"{item['scheme']} · {item['item_zh']}: {costs['count']} {costs['kind']}"
    for row in costs["rows"][:MOST]:
        own = [escape(str(row[name] if row[name] is not None else "")) for name in names]
        table.add_row(*own, *((escape(row["source_file"]), str(row["source_row"])) if with_source else ()))
    out.print(table)
    left = left_out(item, document, language)
    if left:
        out.print(left, markup=False, soft_wrap=True)


def left_out(item: Row, document: Row, language: str) -> str:
    """How many of the rows that cost points in ``item`` its table does not show, and how to see them; blank where none.

    ``--json`` holds the first rows only where there are very many; the pages of `indicators --explain` have all.
    """
    count, listed = item["costs"]["count"], len(item["costs"]["rows"])
    if count <= MOST:
        return ""
    zh, en = f"另有 {count - MOST} 条未列出：加 --json 列出", f"{count - MOST} more are not shown: --json lists "
    zh += "全部" if listed == count else f"前 {listed} 条"
    en += "all of them" if listed == count else f"the first {listed}"
    if listed < count and item["indicator"]:
        whose = f"--city {document['city']} --period {document['period']} --unit {document['unit_code']}"
        pages = (
            f"`cityeval indicators {whose} --indicator {item['indicator']} "
            f"--channel {item['channel']} --explain --page N`"
        )
        zh, en = f"{zh}；{pages} 逐页列出指标背后的全部", f"{en}; {pages} turns the pages of all that the figure counts"
    return zh if language == "zh" else en


def _targets(targets: list[Row]) -> None:
    table = Table("目标 target of", "已完成 so far", "目标 target", "完成度 done", "尚差 left", "达标 met")
    for row in targets:
        if row["value"] is None:
            table.add_row(
                escape(row["indicator_zh"]), "— 无数据 nothing counted", f"{row['target']:g}", "", "", "否 no"
            )
            continue
        left = "" if row["is_met"] else f"{row['left_to_target']:g}"
        left += f"（{row['left_count']}）" if row["left_count"] else ""
        done = "" if row["share_done"] is None else f"{row['share_done']:.1%}"
        met = "是 yes" if row["is_met"] else "否 no"
        table.add_row(escape(row["indicator_zh"]), f"{row['value']:g}", f"{row['target']:g}", done, left, met)
    out.print(table)
