"""The sheets of what follows from a ranking: awards, settlements, lists and consequences, adjustments after appeals,
targets.
"""

from __future__ import annotations

import polars as pl

from pipelines.export import labels
from pipelines.export.labels import said
from pipelines.export.release import PeriodTables
from pipelines.export.sheet import Field, Sheet

SCHEME = Field(key="scheme_zh", zh="考评办法", en="Scheme", width=26, kind="wrap")
UNIT = Field(key="unit_name", zh="单位", en="Unit", width=24)
RANK = Field(key="rank", zh="名次", en="Rank", width=9, kind="whole", centred=True)
SIZE = Field(key="group_size", zh="参评单位数", en="Units ranked", width=12, kind="whole", centred=True)
UNIT_CODE = Field(key="unit_code", zh="单位编码", en="Unit code", width=14, printed=False)
WHY = (
    Field(key="reason_zh", zh="依据", en="Reason", width=44, kind="wrap"),
    Field(key="reason_en", zh="英文依据", en="Reason in English", width=60, kind="wrap", printed=False),
    UNIT_CODE,
)


def outcome_sheets(tables: PeriodTables) -> list[Sheet]:
    """Those of the five sheets that have rows."""
    made = (
        (tables.awards, awards),
        (tables.settlements, settlements),
        (tables.consequences, consequences),
        (tables.adjustments, adjustments),
        (tables.targets, targets),
    )
    return [sheet(tables) for frame, sheet in made if not frame.is_empty()]


def _group() -> Field:
    return Field(key="group_shown", zh="分组", en="Peer group", width=14)


def _shown() -> pl.Expr:
    return pl.col("peer_group_zh").fill_null(pl.col("peer_group")).replace(labels.PEER_GROUPS).alias("group_shown")


def awards(tables: PeriodTables) -> Sheet:
    """One row per scheme, unit and kind of award."""
    frame = tables.awards.sort("scheme", "peer_group", "kind", "rank", "unit_code").with_columns(
        _shown(), said("kind", labels.AWARDS).alias("kind_shown")
    )
    return Sheet(
        name="奖惩",
        name_en="Awards",
        note_zh="按名次的奖惩金额（元）；调剂的经费在同组内合计为零",
        note_en="Yuan by rank; the funds moved within a group add up to zero",
        frame=frame,
        hold=3,
        group=("scheme", "peer_group", "kind"),
        fields=(
            SCHEME,
            _group(),
            UNIT,
            Field(key="kind_shown", zh="类别", en="Kind", width=12, centred=True),
            RANK,
            SIZE,
            Field(key="yuan", zh="金额（元）", en="Yuan", width=14, kind="yuan"),
            *WHY,
        ),
    )


def settlements(tables: PeriodTables) -> Sheet:
    """One row per scheme, unit and contract or bond."""
    frame = tables.settlements.sort("scheme", "unit_code", "kind", "reference").with_columns(
        said("kind", labels.SETTLEMENTS).alias("kind_shown"),
        said("reference", labels.BONDS).alias("reference_shown"),
        pl.format("{}/{} 天", "days_held", "days_in_period").alias("days_shown"),  # not a date to a spreadsheet
    )
    return Sheet(
        name="结算",
        name_en="Settlements",
        note_zh="服务费按得分档次支付，不足整月的基数按天折算，扣款后不低于零；保证金按等次返还、奖励或没收",
        note_en="Fees by tier of the score, a part of a month by its days, never below zero; bonds by grade",
        frame=frame,
        hold=3,
        group=("scheme", "unit_code"),
        fields=(
            SCHEME,
            UNIT,
            Field(key="kind_shown", zh="类别", en="Kind", width=12, centred=True),
            Field(key="reference_shown", zh="合同或保证金", en="Contract or bond", width=16),
            Field(key="days_shown", zh="有效天数", en="Days held", width=11, centred=True),
            Field(key="base_yuan", zh="基数（元）", en="Base, yuan", width=14, kind="yuan"),
            Field(key="share", zh="比例", en="Share", width=10, kind="rate"),
            Field(key="deducted_yuan", zh="扣款（元）", en="Deducted, yuan", width=14, kind="yuan"),
            Field(key="rewarded_yuan", zh="奖励（元）", en="Rewarded, yuan", width=14, kind="yuan"),
            Field(key="forfeited_yuan", zh="没收（元）", en="Forfeited, yuan", width=14, kind="yuan"),
            Field(key="yuan", zh="应付（元）", en="To pay, yuan", width=14, kind="yuan"),
            *WHY,
        ),
    )


def consequences(tables: PeriodTables) -> Sheet:
    """One row per scheme, unit and list or consequence."""
    frame = tables.consequences.sort("scheme", "consequence", "peer_group", "rank", "unit_code").with_columns(_shown())
    return Sheet(
        name="红黑榜与问责",
        name_en="Lists and consequences",
        note_zh="红榜、黑榜与办法规定的问责",
        note_en="Red and black lists, and the consequences that a scheme names",
        frame=frame,
        hold=3,
        group=("scheme", "consequence"),
        fields=(
            SCHEME,
            _group(),
            UNIT,
            Field(key="title_zh", zh="事项", en="Consequence", width=20, kind="wrap"),
            RANK,
            SIZE,
            Field(key="times_met", zh="本年次数", en="Times this year", width=12, kind="whole", centred=True),
            *WHY,
            Field(key="title_en", zh="英文事项", en="Consequence in English", width=30, kind="wrap", printed=False),
        ),
    )


def adjustments(tables: PeriodTables) -> Sheet:
    """One row per adjustment that the figures of the period rest on."""
    each = tables.adjustments.drop("period", "unit_code", "unit_name").unique()
    frame = each.sort("asked_period", "adjustment_id", "record_key").with_columns(
        said("kind", labels.ADJUSTMENTS).alias("kind_shown"),
        said("target", dict(tables.ranks.select("scheme", "scheme_zh").unique().iter_rows())).alias("target_shown"),
        pl.when("is_late").then(pl.lit("逾期")).otherwise(pl.lit("")).alias("late_shown"),
    )
    return Sheet(
        name="申诉调整",
        name_en="Adjustments",
        note_zh="本期结果已采纳的申诉调整；剔除的案件与问题仍列在明细中并注明原因",
        note_en="Adjustments that this period's figures rest on; what was left out stays listed, with the reason",
        frame=frame,
        hold=2,
        fields=(
            Field(key="adjustment_id", zh="申诉编号", en="Adjustment", width=16),
            Field(key="asked_unit_name", zh="单位", en="Unit", width=24),
            Field(key="asked_period", zh="考核期", en="Period", width=12, centred=True),
            Field(key="kind_shown", zh="类型", en="Kind", width=12, centred=True),
            Field(key="target_shown", zh="对象", en="Case, finding or scheme", width=24, kind="wrap", csv_key="target"),
            Field(key="points", zh="分值", en="Points", width=9, kind="score"),
            Field(key="reason", zh="理由", en="Reason", width=44, kind="wrap"),
            Field(key="requested_by", zh="申请岗位", en="Asked by", width=18),
            Field(key="requested_at", zh="申请时间", en="Asked at", width=18, kind="moment"),
            Field(key="decided_by", zh="裁定岗位", en="Decided by", width=18),
            Field(key="decided_at", zh="裁定时间", en="Decided at", width=18, kind="moment"),
            Field(key="late_shown", zh="逾期", en="Late", width=9, centred=True),
            Field(key="asked_unit_code", zh="单位编码", en="Unit code", width=14, printed=False),
        ),
    )


def targets(tables: PeriodTables) -> Sheet:
    """One row per unit and target: how far it is met, and what is left."""
    frame = tables.targets.sort("unit_kind", "unit_code", "indicator").with_columns(
        pl.when("is_met").then(pl.lit("达标")).otherwise(pl.lit("未达标")).alias("met_shown"),
        pl.when("is_met").then(pl.lit("")).otherwise(pl.lit("last")).alias("tint"),
    )
    return Sheet(
        name="目标进度",
        name_en="Targets",
        note_zh="各单位年度（本期）目标的完成情况与尚差；比率另列尚差的件数",
        note_en="How far each target is met and what is left; for a rate also in whole things of its denominator",
        frame=frame,
        hold=2,
        group=("unit_code",),
        tint="tint",
        fields=(
            UNIT,
            Field(key="indicator_zh", zh="指标", en="Indicator or measure", width=30, kind="wrap"),
            Field(key="value", zh="现值", en="So far", width=14, kind="amount"),
            Field(key="target", zh="目标", en="Target", width=14, kind="amount"),
            Field(key="share_done", zh="完成度", en="Done", width=11, kind="rate"),
            Field(key="left_to_target", zh="尚差", en="Left", width=14, kind="amount"),
            Field(key="left_count", zh="尚差件数", en="Left, whole", width=12, kind="whole"),
            Field(key="met_shown", zh="是否达标", en="Met", width=11, centred=True),
            Field(key="target_source", zh="依据", en="Source of the target", width=44, kind="wrap"),
            Field(key="indicator", zh="代码", en="Code", width=30, printed=False),
            UNIT_CODE,
        ),
    )
