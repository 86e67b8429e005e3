"""Targets for indicators and measures."""

from pipelines.contracts.base import Contract, Personal, choice, decimal, text

CONTRACT = Contract(
    name="targets",
    zh="目标值",
    en="Targets",
    grain="One row per period, unit (or all) and indicator or measure",
    key=("period", "unit_code", "indicator"),
    columns=(
        text("period", "考核期", "Period", example="2026-10", required=True),
        text("unit_code", "单位（或 all）", "Unit, or all", example="all", required=True),
        text("indicator", "指标或计数项", "Indicator or measure", example="closure_rate", required=True),
        decimal("target", "目标", "Target", required=True),
        choice("direction", "方向", "Better is", "up", "down", required=True),
        text("source", "依据", "Source", example="年度考核方案", personal=Personal.MASKED_TEXT),
    ),
)
