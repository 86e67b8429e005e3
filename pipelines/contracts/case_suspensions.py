"""Times during which a case's clock stands still."""

from pipelines.contracts.base import Contract, Personal, text, timestamp

CONTRACT = Contract(
    name="case_suspensions",
    zh="案件挂账与缓办",
    en="Case suspensions",
    grain="One row per suspension or deferral of a case",
    key=("case_id", "kind", "started_at"),
    columns=(
        text("case_id", "案件编号", "Case number", required=True),
        text("kind", "类型", "Kind (suspension, deferral)", example="挂账", required=True),
        timestamp("started_at", "开始时间", "Started at", required=True),
        timestamp("ended_at", "结束时间", "Ended at"),
        text("approved_by", "批准岗位", "Approved by (post)", example="值班长", personal=Personal.MASKED_TEXT),
    ),
)
