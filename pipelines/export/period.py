"""The export of one period: the workbook and its CSV files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.city import City
from pipelines.city.models import Label
from pipelines.city.periods import parse_period
from pipelines.export import labels
from pipelines.export.csv_file import write_csv
from pipelines.export.release import PeriodTables, Release, read_period
from pipelines.export.sheet import Cover, Fact
from pipelines.export.sheets import all_sheets
from pipelines.export.workbook import write_workbook
from pipelines.settings import CityHome
from pipelines.warehouse.approvals import NOBODY

NOTES = (
    (
        "名次：同一办法、同一分组内按得分由高到低；得分相同名次相同，其后跳号（1-2-2-4）。不排名的单位列在组末并写明原因。",
        "Ranks run by score within scheme and group, 1-2-2-4; units that are not ranked stand last, with the reason.",
    ),
    (
        "比率：一律由分子除以分母得出，四舍五入；分母为零时空白并写明原因，不作 0% 或 100%。",
        "Every rate is its numerator divided by its denominator, half-up; without one it is blank, with the reason.",
    ),
    (
        "应结案：已结案，或截至统计时点已超期仍未结案；按结案与时限较早者计入一个考核期。时限内未结的案件不进任何分母。",
        "Due to close: closed, or open past its deadline; counted in one period. Open inside it: in no denominator.",
    ),
    (
        "区间：95% 威尔逊区间，样本少则区间宽；两个单位区间重叠较多时，差别可能只是偶然。",
        "Intervals are Wilson at 95 %: few cases, wide interval; where two overlap much, the difference may be chance.",
    ),
    (
        "申诉：每个分数都能追溯到案件，见得分明细的分子与分母，逐案清单由 cityeval explain 列出。",
        "Appeals: every point leads back to cases; cityeval explain lists them one by one.",
    ),
)


def export_period(city: City, home: CityHome, period: str, out: Path | None, *, release: Release) -> list[Path]:
    """Write workbook and CSV files of ``period`` below ``out`` (default: the city's exports folder).

    ``release`` runs one SQL text on the current release and gives a Polars frame. Returns the paths written, the
    workbook first. Raises UsageError where the release does not hold the period. The same release gives the same
    bytes: nothing in the files says when or where they were written.
    """
    tables = read_period(release, period)
    folder = out if out is not None else home.exports
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{city.name}_{tables.period['period']}_v{tables.period['version'] or 0}"
    sheets = all_sheets(tables)
    cover = _cover(city, tables)
    as_of: datetime = tables.period["as_of"]
    footer = f"{cover.title_zh}　统计时点 {as_of:%Y-%m-%d %H:%M}　{_state(tables).zh}"
    if city.settings.synthetic:
        footer += f"　{labels.SYNTHETIC.zh}"
    paths = [write_workbook(folder / f"{stem}_考核表.xlsx", cover, sheets, created=as_of, footer=footer)]
    return paths + [write_csv(folder / f"{stem}_{sheet.name}.csv", sheet, _state(tables)) for sheet in sheets]


def _state(tables: PeriodTables) -> Label:
    row = tables.period
    state = labels.publication_state(row["state"], is_complete=bool(row["is_complete"]), version=row["version"] or 0)
    begun = row.get("counts_from")
    if begun is None:
        return state
    return Label(zh=f"{state.zh}；自 {begun:%Y-%m-%d} 起计", en=f"{state.en}; counted from {begun:%Y-%m-%d}")


def _approval(row: dict[str, Any]) -> list[Fact]:
    """Who made it final; nobody where the city asks for no approval."""
    if row["state"] != "final" or row["approved_by"] == NOBODY:
        return []
    who = f"{row['approved_by']}，{row['approved_at']:%Y-%m-%d %H:%M}"
    return [Fact(zh="批准", en="Approved by", value=who)]


def _cover(city: City, tables: PeriodTables) -> Cover:
    row, settings = tables.period, city.settings
    period = parse_period(row["period"])
    kind = labels.PERIOD_TYPES[period.kind]
    state = _state(tables)
    ranked = tables.ranks.filter(tables.ranks["is_ranked"].fill_null(value=False)).height
    deliveries = tables.deliveries
    accepted, rejected = deliveries["accepted"].sum(), deliveries["rejected"].sum()
    facts = [
        Fact(zh="城市", en="City", value=settings.title.zh, value_en=settings.title.en),
        Fact(
            zh="考核期",
            en="Period",
            value=f"{period.label_zh}（{kind.zh}）",
            value_en=f"{row['period']} ({kind.en})",
        ),
        Fact(zh="起止日期", en="Days", value=f"{period.starts_on:%Y-%m-%d} 至 {period.ends_on:%Y-%m-%d}"),
        Fact(zh="统计时点", en="As of", value=f"{row['as_of']:%Y-%m-%d %H:%M:%S}", value_en=settings.time_zone),
        Fact(zh="状态", en="State", value=state.zh, value_en=state.en, strong=row["state"] != "final"),
        *_approval(row),
        Fact(zh="版本", en="Version", value=str(row["version"] or 0)),
        Fact(zh="考评办法版本", en="Scheme versions", value=(row["scheme_versions"] or "无 none").replace(",", "\n")),
        Fact(
            zh="参评单位",
            en="Units ranked",
            value=f"{ranked} 个参评，{tables.ranks.height - ranked} 个不排名",
            value_en=f"{ranked} ranked, {tables.ranks.height - ranked} not ranked",
        ),
        Fact(
            zh="数据批次",
            en="Deliveries",
            value=f"{deliveries.height} 批，接收 {accepted:,} 行，退回 {rejected:,} 行",
            value_en=f"{deliveries.height} deliveries",
        ),
        Fact(zh="程序版本", en="Code version", value=row["code_version"] or ""),
        Fact(zh="输入校验值", en="Hash of the inputs", value=row["input_hash"] or ""),
    ]
    flagged = tables.indicators["is_calendar_provisional"].fill_null(value=False).sum()
    if flagged:
        words = f"{flagged} 个指标值的时限按未公布的日历推算，为暂定"
        told = f"{flagged} figures rest on days without an official calendar and are provisional"
        facts.append(Fact(zh="日历", en="Calendar", value=words, value_en=told, strong=True))
    if settings.source:
        facts.append(Fact(zh="数据来源", en="Source of the data", value=settings.source))
    if settings.licence:
        facts.append(Fact(zh="许可", en="Licence", value=settings.licence))
    return Cover(
        title_zh=f"{settings.title.zh} {period.label_zh}考核表",
        title_en=f"{settings.title.en}: evaluation, {row['period']}",
        synthetic=settings.synthetic,
        state=state,
        facts=tuple(facts),
        notes=NOTES,
    )
