"""Events in the life of a case."""

from pipelines.contracts.base import Contract, Personal, code, text, timestamp

CONTRACT = Contract(
    name="case_events",
    zh="案件流转记录",
    en="Case events",
    grain="One row per event in the life of a case",
    key=("event_id",),
    columns=(
        text("event_id", "流转编号", "Event", required=True),
        text("case_id", "案件编号", "Case number", required=True),
        text("event_type", "动作", "Event type", example="派遣", required=True),
        text("stage", "环节", "Stage", example="处置"),
        timestamp("occurred_at", "发生时间", "Occurred at", required=True),
        code("from_unit_code", "转出单位", "From unit", refers_to="units"),
        code("to_unit_code", "转入单位", "To unit", refers_to="units"),
        text("actor_key", "操作人标识", "Actor, keyed hash", example="J012", personal=Personal.KEYED_HASH),
        text("actor_post", "操作岗位", "Post of the actor", example="派遣员", personal=Personal.MASKED_TEXT),
        timestamp("new_due_at", "新的时限", "New deadline"),
        text("result", "结果", "Result", example="已派遣", personal=Personal.MASKED_TEXT),
    ),
)
