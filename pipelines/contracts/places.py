"""Reference: places that are inspected."""

from pipelines.contracts.base import Contract, code, text

CONTRACT = Contract(
    name="places",
    zh="点位",
    en="Places",
    grain="One row per place",
    key=("place_code",),
    is_reference=True,
    columns=(
        text("place_code", "点位编码", "Place", example="P0001", required=True),
        text("name_zh", "中文名称", "Chinese name", example="人民路"),
        text("kind", "类型", "Kind (road, community, market)", example="road"),
        text("grade", "等级", "Grade", example="一级"),
        code("area_code", "所在区域", "Area", refers_to="units"),
        code("unit_code", "责任单位", "Responsible unit", refers_to="units"),
    ),
)
