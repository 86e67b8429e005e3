"""Tasks: the share of a case that one unit was given."""

from pipelines.contracts.base import Contract, boolean, choice, code, text, timestamp

CONTRACT = Contract(
    name="case_tasks",
    zh="案件任务",
    en="Case tasks",
    grain="One row per task, a case given to one unit in one role",
    key=("task_id",),
    columns=(
        text("task_id", "任务编号", "Task", required=True),
        text("case_id", "案件编号", "Case number", required=True),
        code("unit_code", "承办单位", "Handling unit", refers_to="units", required=True),
        choice("role", "角色", "Role", "lead", "assist", "transfer", required=True),
        timestamp("assigned_at", "交办时间", "Assigned at", required=True),
        timestamp("signed_at", "签收时间", "Signed for at"),
        timestamp("due_at", "办理时限", "Deadline"),
        timestamp("contacted_at", "联系时间", "Contacted the reporter at"),
        timestamp("done_at", "办结时间", "Done at"),
        timestamp("returned_at", "退单时间", "Returned at"),
        boolean("is_return_accepted", "退单是否同意", "Return accepted"),
    ),
)
