"""Adjustments after an appeal."""

from pipelines.contracts.base import Contract, Personal, choice, code, decimal, text, timestamp

CONTRACT = Contract(
    name="adjustments",
    zh="申诉调整",
    en="Adjustments",
    grain="One row per adjustment asked for",
    key=("adjustment_id",),
    columns=(
        text("adjustment_id", "申诉编号", "Adjustment", required=True),
        choice("kind", "类型", "Kind", "exclude_case", "exclude_finding", "bonus", "penalty", required=True),
        text("target", "对象", "Case or finding it is about"),
        code("unit_code", "单位", "Unit", refers_to="units", required=True),
        text("period", "考核期", "Period", required=True),
        decimal("points", "分值", "Points", minimum=0),
        text("reason", "理由", "Reason", required=True, personal=Personal.MASKED_TEXT),
        text("requested_by", "申请岗位", "Requested by (post)", required=True),
        timestamp("requested_at", "申请时间", "Requested at", required=True),
        text("decided_by", "裁定岗位", "Decided by (post)"),
        timestamp("decided_at", "裁定时间", "Decided at"),
        choice("decision", "裁定", "Decision", "granted", "refused"),
    ),
)
