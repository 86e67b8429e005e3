"""Performance bonds."""

from pipelines.contracts.base import Contract, code, decimal, integer, text

CONTRACT = Contract(
    name="bonds",
    zh="保证金",
    en="Performance bonds",
    grain="One row per unit, year and kind",
    key=("unit_code", "year", "kind"),
    columns=(
        code("unit_code", "单位", "Unit", refers_to="units", required=True),
        integer("year", "年度", "Year", example="2026", required=True),
        text("kind", "类型", "Kind (unit, personal)", example="unit", required=True),
        decimal("amount_yuan", "金额（元）", "Amount, yuan", unit="元 yuan", required=True, minimum=0),
        text("status", "状态", "Status", example="paid"),
    ),
)
