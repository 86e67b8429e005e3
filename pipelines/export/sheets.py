"""The tables of the evaluator's workbook, each from its mart; every order is total, so files repeat."""

from __future__ import annotations

import json

import polars as pl

from pipelines.contracts import DELIVERED
from pipelines.export import labels
from pipelines.export.labels import said
from pipelines.export.outcome_sheets import outcome_sheets
from pipelines.export.release import PeriodTables
from pipelines.export.sheet import Field, Sheet

PERCENT_DECIMALS = 4  # a rate is shown as a percentage with two decimals


def all_sheets(tables: PeriodTables) -> list[Sheet]:
    """The sheets after the cover, in the order of the workbook."""
    first = [ranking(tables), items(tables)]
    faults = [] if tables.case_faults.is_empty() else [case_faults(tables)]
    return [*first, *outcome_sheets(tables), indicators(tables), definitions(tables), *faults, deliveries(tables)]


def shown_rate() -> pl.Expr:
    """numerator ÷ denominator, half-up to four decimals, from whole numbers: never from a rate already rounded."""
    n, d = ((pl.col(name).cast(pl.Decimal(38, 4)) * 10_000).cast(pl.Int128) for name in ("numerator", "denominator"))
    scale = 10**PERCENT_DECIMALS
    return (
        pl.when(pl.col("rate").is_not_null())
        .then((2 * scale * n + d) // (2 * d))
        .cast(pl.Int64)
        .truediv(scale)
        .alias("rate_shown")
    )


def _peer_group() -> pl.Expr:
    return pl.col("peer_group_zh").fill_null(pl.col("peer_group")).replace(labels.PEER_GROUPS)


def ranking(tables: PeriodTables) -> Sheet:
    """One row per scheme and unit; who is not ranked stands at the end of its group with the reason."""
    group = ["scheme", "peer_group"]
    ranked = pl.col("is_ranked").fill_null(value=False)
    last = pl.col("rank") == pl.col("rank").max().over(group)
    frame = tables.ranks.sort("scheme", "peer_group", "rank", "unit_code", nulls_last=True).with_columns(
        _peer_group().alias("group_shown"),
        pl.when(ranked).then(pl.col("rank").cast(pl.String)).otherwise(pl.lit("不排名")).alias("rank_csv"),
        pl.when(~ranked)
        .then(pl.lit("muted"))
        .when(pl.col("rank") == 1)
        .then(pl.lit("first"))
        .when(last)
        .then(pl.lit("last"))
        .otherwise(pl.lit(""))
        .alias("tint"),
    )
    return Sheet(
        name="排名",
        name_en="Ranking",
        note_zh="同组内按得分排名，得分相同名次相同，其后跳号；不排名的单位写明原因",
        note_en="Ranked by score within each group; equal scores share a rank and the next is skipped",
        frame=frame,
        hold=4,
        group=("scheme", "peer_group"),
        tint="tint",
        fields=(
            Field(key="scheme_zh", zh="考评办法", en="Scheme", width=26, kind="wrap"),
            Field(key="group_shown", zh="分组", en="Peer group", width=14),
            Field(key="rank", zh="名次", en="Rank", width=9, kind="whole", csv_key="rank_csv", centred=True),
            Field(key="unit_name", zh="单位", en="Unit", width=26),
            Field(key="score", zh="得分", en="Score", width=10, kind="score"),
            Field(key="full_marks", zh="满分", en="Full marks", width=10, kind="score"),
            Field(key="grade", zh="等次", en="Grade", width=10, centred=True),
            Field(key="previous_rank", zh="上期名次", en="Previous", width=10, kind="whole", centred=True),
            Field(key="rank_change", zh="升降", en="Change", width=9, kind="change"),
            Field(key="group_size", zh="参评单位数", en="Units ranked", width=12, kind="whole", centred=True),
            Field(key="reason_zh", zh="说明", en="Note", width=44, kind="wrap"),
            Field(key="reason_en", zh="英文说明", en="Note in English", width=60, kind="wrap", printed=False),
            Field(key="unit_code", zh="单位编码", en="Unit code", width=14, printed=False),
        ),
    )


def items(tables: PeriodTables) -> Sheet:
    """One row per scheme, unit and item: where the points were lost."""
    keys = ["scheme", "unit_code"]
    order = tables.ranks.select(*keys, "rank")
    frame = (
        tables.items.join(order, on=keys, how="left")
        .join(provisional(tables), on=["unit_code", "indicator", "channel"], how="left")
        .sort("scheme", "peer_group", "rank", "unit_code", "item_order", "item", nulls_last=True)
        .with_columns(
            _peer_group().alias("group_shown"),
            said("channel", labels.CHANNELS).alias("channel_shown"),
            said("state", labels.ITEM_STATES).alias("state_shown"),
            pl.when(pl.col("points").is_null()).then(pl.lit("muted")).otherwise(pl.lit("")).alias("tint"),
        )
    )
    return Sheet(
        name="得分明细",
        name_en="Item scores",
        note_zh="每个单位每个评分项的分子、分母、比率、得分与失分；比率按办法规定的位数取舍后计分",
        note_en="Numerator, denominator, rate, points and points lost of every item of every unit",
        frame=frame,
        hold=4,
        group=("scheme", "peer_group", "unit_code"),
        tint="tint",
        bars="points_lost",
        fields=(
            Field(key="scheme_zh", zh="考评办法", en="Scheme", width=26, kind="wrap"),
            Field(key="group_shown", zh="分组", en="Peer group", width=12),
            Field(key="unit_name", zh="单位", en="Unit", width=24),
            Field(key="item_zh", zh="评分项", en="Item", width=18, kind="wrap"),
            Field(key="channel_shown", zh="渠道", en="Channel", width=10, centred=True),
            Field(key="numerator", zh="分子", en="Numerator", width=12, kind="amount"),
            Field(key="denominator", zh="分母", en="Denominator", width=12, kind="amount"),
            Field(key="rate", zh="比率", en="Rate", width=10, kind="rate"),
            Field(key="points", zh="得分", en="Points", width=9, kind="score"),
            Field(key="full_marks", zh="满分", en="Full marks", width=9, kind="score"),
            Field(key="points_lost", zh="失分", en="Points lost", width=11, kind="score"),
            Field(key="state_shown", zh="状态", en="State", width=11, centred=True),
            Field(key="reason_zh", zh="计分依据", en="Reason", width=44, kind="wrap"),
            Field(key="provisional", zh="暂定", en="Provisional", width=18, kind="wrap"),
            Field(key="item_en", zh="英文名称", en="Item in English", width=28, kind="wrap", printed=False),
            Field(key="reason_en", zh="英文依据", en="Reason in English", width=60, kind="wrap", printed=False),
            Field(key="unit_code", zh="单位编码", en="Unit code", width=14, printed=False),
        ),
    )


def provisional(tables: PeriodTables) -> pl.DataFrame:
    """The figures whose deadlines rest on days without an official calendar, with the words that say so."""
    flagged = tables.indicators.filter(pl.col("is_calendar_provisional").fill_null(value=False))
    return flagged.select("unit_code", "indicator", "channel", pl.lit(labels.PROVISIONAL).alias("provisional"))


def indicators(tables: PeriodTables) -> Sheet:
    """One row per unit, channel and indicator: the rate beside its numerator and denominator."""
    flagged = pl.col("is_calendar_provisional").fill_null(value=False)
    frame = tables.indicators.sort("unit_kind", "unit_code", "indicator", "channel").with_columns(
        pl.when(flagged).then(pl.lit(labels.PROVISIONAL)).alias("provisional"),
        pl.col("rejected_rate").cast(pl.Float64).round(PERCENT_DECIMALS).alias("rejected_shown"),
        shown_rate(),
        said("unit_kind", labels.UNIT_KINDS).alias("kind_shown"),
        said("channel", labels.CHANNELS).alias("channel_shown"),
        said("direction", labels.DIRECTIONS).alias("direction_shown"),
        pl.when(pl.col("rate").is_null()).then(pl.lit("muted")).otherwise(pl.lit("")).alias("tint"),
    )
    return Sheet(
        name="指标",
        name_en="Indicators",
        note_zh="比率由分子除以分母得出，四舍五入；分母为零时空白并写明原因，不作 0% 或 100%",
        note_en="Each rate is its numerator ÷ its denominator, half-up; blank with a reason where there is none",
        frame=frame,
        hold=3,
        group=("unit_code",),
        tint="tint",
        fields=(
            Field(key="kind_shown", zh="单位类型", en="Kind", width=11, centred=True),
            Field(key="unit_name", zh="单位", en="Unit", width=26),
            Field(key="indicator_zh", zh="指标", en="Indicator", width=25, kind="wrap"),
            Field(key="channel_shown", zh="渠道", en="Channel", width=10, centred=True),
            Field(key="numerator", zh="分子", en="Numerator", width=13, kind="amount"),
            Field(key="denominator", zh="分母", en="Denominator", width=13, kind="amount"),
            Field(key="rate_shown", zh="比率", en="Rate", width=10, kind="rate", csv_key="rate"),
            Field(key="sample_size", zh="样本量", en="Sample size", width=12, kind="amount"),
            Field(key="wilson_low", zh="95% 区间下限", en="Wilson, low", width=13, kind="rate"),
            Field(key="wilson_high", zh="95% 区间上限", en="Wilson, high", width=13, kind="rate"),
            Field(key="direction_shown", zh="方向", en="Better if", width=11, centred=True),
            Field(key="reason_zh", zh="空白原因", en="Why blank", width=24, kind="wrap"),
            Field(key="provisional", zh="暂定", en="Provisional", width=18, kind="wrap"),
            Field(key="fresh_at", zh="数据截至", en="Data up to", width=18, kind="moment"),
            Field(key="rejected_shown", zh="退回占比", en="Rejected", width=11, kind="rate", csv_key="rejected_rate"),
            Field(key="indicator_en", zh="英文名称", en="In English", width=28, kind="wrap", printed=False),
            Field(key="reason_en", zh="英文原因", en="Why blank, English", width=60, kind="wrap", printed=False),
            Field(key="unit_code", zh="单位编码", en="Unit code", width=14, printed=False),
        ),
    )


def definitions(tables: PeriodTables) -> Sheet:
    """One row per indicator: what the figure means."""
    frame = tables.definitions.sort("indicator").with_columns(
        said("time_filter", labels.TIME_FILTERS).alias("time_shown"),
        said("direction", labels.DIRECTIONS).alias("direction_shown"),
    )
    return Sheet(
        name="指标定义",
        name_en="Definitions",
        note_zh="同一代码只有一个定义，各表各图一致",
        note_en="One code has one definition, the same in every table and chart",
        frame=frame,
        hold=2,
        fields=(
            Field(key="indicator_zh", zh="指标", en="Indicator", width=25, kind="wrap"),
            Field(key="indicator_en", zh="英文名称", en="In English", width=22, kind="wrap"),
            Field(key="time_shown", zh="计入考核期", en="Counted by", width=20),
            Field(key="direction_shown", zh="方向", en="Better if", width=11, centred=True),
            Field(key="definition_zh", zh="定义", en="Definition", width=50, kind="wrap"),
            Field(key="definition_en", zh="英文定义", en="Definition in English", width=50, kind="wrap"),
            Field(key="standard", zh="依据标准", en="Standard", width=18, kind="wrap"),
            Field(key="clauses", zh="条款", en="Clauses", width=24, kind="wrap"),
            Field(key="indicator", zh="代码", en="Code", width=24, printed=False),
            Field(key="numerator_measure", zh="分子计数", en="Numerator", width=18, printed=False),
            Field(key="denominator_measure", zh="分母计数", en="Denominator", width=18, printed=False),
        ),
    )


def case_faults(tables: PeriodTables) -> Sheet:
    """One row per source, channel, stage and fault: what is doubtful in the cases delivered."""
    frame = tables.case_faults.sort("fault", "source", "channel", "stage").with_columns(
        said("channel", labels.CHANNELS).alias("channel_shown"),
        said("stage", labels.STAGES).alias("stage_shown"),
    )
    return Sheet(
        name="案件疑点",
        name_en="Case faults",
        note_zh="时序颠倒、缺失的环节不进该环节的任何数；时限不一致时按数据源声明的一方计；按未公布日历推算的为暂定",
        note_en="Faulty stages are in no figure of theirs; of two deadlines the one declared counts; those over days "
        "without an official calendar are provisional",
        frame=frame,
        hold=1,
        group=("fault",),
        fields=(
            Field(key="fault_zh", zh="疑点", en="Fault", width=34, kind="wrap"),
            Field(key="fault_en", zh="英文说明", en="Fault in English", width=50, kind="wrap"),
            Field(key="source", zh="数据源", en="Source", width=20),
            Field(key="channel_shown", zh="渠道", en="Channel", width=11, centred=True),
            Field(key="stage_shown", zh="环节", en="Stage", width=11, centred=True),
            Field(key="case_count", zh="件数", en="Cases", width=12, kind="whole"),
            Field(key="of_count", zh="共查", en="Out of", width=12, kind="whole"),
        ),
    )


def deliveries(tables: PeriodTables) -> Sheet:
    """One row per delivery: rows in scope = accepted + rejected."""
    frame = tables.deliveries.sort("source", "file", "delivery_id").with_columns(
        pl.col("reasons").map_elements(reasons_in_words, return_dtype=pl.String).alias("reasons_shown"),
        said("contract", {name: contract.zh for name, contract in DELIVERED.items()}).alias("contract_shown"),
        said("state", labels.DELIVERY_STATES).alias("state_shown"),
        pl.when(pl.col("state") != "accepted").then(pl.lit("last")).otherwise(pl.lit("")).alias("tint"),
    )
    return Sheet(
        name="数据质量",
        name_en="Data quality",
        note_zh="范围内行数 = 接收 + 退回；修复的行在接收之内；范围外的行只计数",
        note_en="Rows in scope = accepted + rejected; repaired ones are accepted; rows out of scope are only counted",
        frame=frame,
        hold=2,
        group=("source",),
        tint="tint",
        fields=(
            Field(key="source", zh="数据源", en="Source", width=20),
            Field(key="file", zh="文件", en="File", width=46, kind="wrap"),
            Field(key="contract_shown", zh="数据约定", en="Contract", width=18),
            Field(key="state_shown", zh="状态", en="State", width=10, centred=True),
            Field(key="rows", zh="范围内行数", en="Rows in scope", width=13, kind="whole"),
            Field(key="accepted", zh="接收", en="Accepted", width=12, kind="whole"),
            Field(key="repaired", zh="其中修复", en="Repaired", width=11, kind="whole"),
            Field(key="rejected", zh="退回", en="Rejected", width=11, kind="whole"),
            Field(key="out_of_scope", zh="范围外", en="Out of scope", width=12, kind="whole"),
            Field(
                key="reasons_shown",
                zh="退回原因（行数）",
                en="Reasons (rows)",
                width=40,
                kind="wrap",
                csv_key="reasons",
            ),
            Field(key="extracted_at", zh="抽取时间", en="Extracted at", width=18, kind="moment"),
            Field(key="delivery_id", zh="交付批次号", en="Delivery", width=34, printed=False),
        ),
    )


def reasons_in_words(text: str | None) -> str:
    """The ledger's JSON of reason → rows as text, most rows first."""
    counts: dict[str, int] = json.loads(text) if text else {}
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "\n".join(f"{labels.reason_in_words(reason)} × {count}" for reason, count in ordered)
