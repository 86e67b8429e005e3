"""Media exposures and findings of superiors."""

from pipelines.contracts.base import Contract, Personal, code, date, decimal, text

CONTRACT = Contract(
    name="exposures",
    zh="曝光与督查",
    en="Exposures",
    grain="One row per exposure",
    key=("exposure_id",),
    columns=(
        text("exposure_id", "曝光编号", "Exposure", required=True),
        date("published_on", "发布日期", "Published on", required=True),
        text("level", "级别", "Level (city, province, national)", example="province", required=True),
        code("unit_code", "责任单位", "Responsible unit", refers_to="units", required=True),
        text("case_id", "案件编号", "Case number"),
        text("title", "标题", "Title", example="垃圾清运不及时", personal=Personal.MASKED_TEXT),
        decimal("points", "分值", "Points", unit="分 points", minimum=0),
    ),
)
