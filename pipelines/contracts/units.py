"""Reference: the one registry of areas, departments, squads, contractors and posts."""

from pipelines.contracts.base import Contract, boolean, code, date, text

CONTRACT = Contract(
    name="units",
    zh="单位",
    en="Units",
    grain="One row per unit",
    key=("unit_code",),
    is_reference=True,
    columns=(
        text("unit_code", "单位编码", "Unit", example="D1S01", required=True),
        text("name_zh", "中文名称", "Chinese name", example="一街道", required=True),
        text("name_en", "英文名称", "English name", example="First street"),
        text(
            "unit_kind",
            "单位类型",
            "Kind (city, district, street, department, squad, contractor, post)",
            example="street",
            required=True,
        ),
        code("parent_code", "上级单位", "Parent unit", refers_to="units"),
        code("successor_code", "承继单位", "Successor unit", refers_to="units"),
        boolean("is_ranked", "是否参与排名", "Takes part in rankings", required=True),
        date("valid_from", "生效日期", "Valid from"),
        date("valid_to", "终止日期", "Valid to, inclusive"),
    ),
)
