"""Call-backs that ask the reporter whether the case was solved."""

from pipelines.contracts.base import Contract, Personal, boolean, choice, text, timestamp

CONTRACT = Contract(
    name="callbacks",
    zh="回访",
    en="Call-backs",
    grain="One row per call-back",
    key=("callback_id",),
    columns=(
        text("callback_id", "回访编号", "Call-back", required=True),
        text("case_id", "案件编号", "Case number", required=True),
        timestamp("called_at", "回访时间", "Called at", required=True),
        boolean("is_reached", "是否接通", "Reached"),
        text(
            "is_resolved", "是否解决（原始）", "Resolved as answered", example="已解决", personal=Personal.MASKED_TEXT
        ),
        text(
            "satisfaction", "满意度（原始）", "Satisfaction as answered", example="满意", personal=Personal.MASKED_TEXT
        ),
        choice("origin", "回访主体", "Who called", "own", "province"),
    ),
)
