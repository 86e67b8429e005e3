"""Statistics that arrive already counted."""

from pipelines.contracts.base import Contract, code, decimal, text

CONTRACT = Contract(
    name="reported_counts",
    zh="上报统计数",
    en="Reported counts",
    grain="One row per period, unit and measure",
    key=("period", "unit_code", "measure"),
    columns=(
        text("period", "考核期", "Period", example="2026-10", required=True),
        code("unit_code", "单位", "Unit", refers_to="units", required=True),
        text("measure", "计数项", "Measure", example="due_to_close", required=True),
        decimal("value", "数值", "Value", required=True, minimum=0),
    ),
)
