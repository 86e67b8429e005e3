"""Evidence files behind assessment items."""

from pipelines.contracts.base import Contract, Personal, code, date, text

CONTRACT = Contract(
    name="evidence",
    zh="佐证材料",
    en="Evidence",
    grain="One row per file",
    key=("item_code", "unit_code", "period", "sha256"),
    columns=(
        code("item_code", "考核项", "Item", example="A01", required=True),
        code("unit_code", "单位", "Unit", refers_to="units", required=True),
        text("period", "考核期", "Period", example="2026-10", required=True),
        text("title", "标题", "Title", example="道路清扫台账", personal=Personal.MASKED_TEXT),
        text("file", "文件", "File", example="A01_台账.pdf", required=True, personal=Personal.MASKED_TEXT),
        text(
            "sha256",
            "文件摘要",
            "SHA-256 of the file",
            example="e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            required=True,
        ),
        date("provided_on", "提交日期", "Provided on"),
    ),
)
