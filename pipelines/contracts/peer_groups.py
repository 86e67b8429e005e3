"""Reference: which units are compared with which."""

from pipelines.contracts.base import Contract, code, date, text

CONTRACT = Contract(
    name="peer_groups",
    zh="考核分组",
    en="Peer groups",
    grain="One row per unit and time of membership",
    key=("unit_code", "valid_from"),
    is_reference=True,
    columns=(
        code("unit_code", "单位编码", "Unit", refers_to="units", required=True),
        text("peer_group", "分组", "Peer group", example="core", required=True),
        text("peer_group_zh", "分组名称", "Chinese name of the group", example="主城区", required=True),
        date("valid_from", "生效日期", "Valid from", required=True),
        date("valid_to", "终止日期", "Valid to, inclusive"),
    ),
)
