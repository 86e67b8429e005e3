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
        text(
            "target",
            "对象",
            "Case or finding it leaves out, scheme whose score it changes",
            example="20261001000001",
            required=True,
        ),
        code("unit_code", "单位", "Unit", refers_to="units", required=True),
        text("period", "考核期", "Period", example="2026-10", required=True),
        decimal("points", "分值", "Points", unit="分 points", minimum=0),
        text("reason", "理由", "Reason", example="责任单位认定有误", required=True, personal=Personal.MASKED_TEXT),
        text("requested_by", "申请岗位", "Requested by (post)", example="街道城管科长", required=True),
        timestamp("requested_at", "申请时间", "Requested at", required=True),
        text(  # who asks cannot decide
            "decided_by",
            "裁定岗位",
            "Decided by (post)",
            example="考核办主任",
            given_with="decision",
            differs_from="requested_by",
        ),
        timestamp("decided_at", "裁定时间", "Decided at", given_with="decision"),
        choice("decision", "裁定", "Decision", "granted", "refused"),
    ),
)
