"""Contracts with sanitation companies (canonical name: contracts)."""

from pipelines.contracts.base import Contract, code, date, decimal, text

CONTRACT = Contract(
    name="contracts",
    zh="服务合同",
    en="Service contracts",
    grain="One row per contract",
    key=("contract_id",),
    columns=(
        text("contract_id", "合同编号", "Contract", required=True),
        code("unit_code", "承包单位", "Contractor", refers_to="units", required=True),
        text("area_codes", "服务区域（分号分隔）", "Areas served, separated by semicolons", example="D1S01;D1S02"),
        decimal("monthly_fee_yuan", "月服务费（元）", "Monthly fee, yuan", unit="元 yuan", required=True, minimum=0),
        date("valid_from", "生效日期", "Valid from", required=True),
        date("valid_to", "终止日期", "Valid to, inclusive"),
        text("scheme", "考核办法", "Scheme that pays it", example="contractors_monthly"),
    ),
)
