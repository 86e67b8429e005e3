"""Inspection scores, score style."""

from pipelines.contracts.base import Contract, code, count, decimal, text

CONTRACT = Contract(
    name="inspection_scores",
    zh="检查评分",
    en="Inspection scores",
    grain="One row per round, unit and item",
    key=("round_id", "unit_code", "item_code"),
    columns=(
        text("round_id", "检查轮次", "Round", required=True),
        code("unit_code", "单位", "Unit", refers_to="units", required=True),
        code("item_code", "评分项", "Item", example="A01", required=True),
        text("period", "考核期", "Period", example="2026-10", required=True),
        decimal("score", "得分", "Score", unit="分 points", required=True, minimum=0),
        decimal("full_score", "满分", "Full score", unit="分 points", required=True, minimum=0),
        count("sample_size", "样本数", "Sample size", unit="个 places or cases"),
    ),
)
