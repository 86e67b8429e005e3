"""Inspection findings, deduction style."""

from pipelines.contracts.base import Contract, Personal, code, decimal, text, timestamp

CONTRACT = Contract(
    name="findings",
    zh="检查扣分",
    en="Inspection findings",
    grain="One row per finding of an inspection",
    key=("finding_id",),
    columns=(
        text("finding_id", "问题编号", "Finding", required=True),
        text("round_id", "检查轮次", "Round", required=True),
        text("sample_id", "样本编号", "Sample"),
        text("case_id", "案件编号", "Case number"),
        timestamp("inspected_at", "检查时间", "Inspected at", required=True),
        text(
            "inspector_org",
            "检查机构",
            "Inspecting organisation",
            example="第三方测评公司",
            personal=Personal.MASKED_TEXT,
        ),
        code("unit_code", "责任单位", "Responsible unit", refers_to="units", required=True),
        code("area_code", "所在区域", "Area", refers_to="units"),
        code("place_code", "点位", "Place", refers_to="places"),
        code("item_code", "扣分项", "Item", example="A01", required=True),
        decimal("quantity", "数量", "Quantity", minimum=0),
        decimal("points_deducted", "扣分", "Points deducted", unit="分 points", required=True, minimum=0),
        code("split_unit_code", "分担单位", "Unit that bears a share", refers_to="units"),
        decimal("split_share", "分担比例", "Share borne", unit="0–1", minimum=0, maximum=1),
        timestamp("rectify_due_at", "整改时限", "Rectification due at"),
        timestamp("rectified_at", "整改时间", "Rectified at"),
        timestamp("rechecked_at", "复查时间", "Re-checked at"),
        text("evidence", "证据", "Evidence", example="照片 0012.jpg", personal=Personal.MASKED_TEXT),
    ),
)
