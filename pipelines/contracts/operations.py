"""Sanitation work: planned against actual."""

from pipelines.contracts.base import Contract, code, date, decimal, text

CONTRACT = Contract(
    name="operations",
    zh="环卫作业",
    en="Sanitation operations",
    grain="One row per operation record: one unit, area, day and measure",
    key=("operation_id",),
    columns=(
        text("operation_id", "作业记录编号", "Operation", required=True),
        code("unit_code", "作业单位", "Unit", refers_to="units", required=True),
        code("area_code", "作业区域", "Area", refers_to="units"),
        date("operated_on", "作业日期", "Day of work", required=True),
        text("measure", "作业指标", "Measure (sweeping, collection, attendance)", example="sweeping", required=True),
        decimal("planned", "计划量", "Planned", minimum=0),
        decimal("actual", "完成量", "Actual", minimum=0),
        text("unit_of_measure", "计量单位", "Unit of measure", example="公里", required=True),
    ),
)
