"""Survey answers."""

from pipelines.contracts.base import Contract, Personal, code, date, text

CONTRACT = Contract(
    name="responses",
    zh="问卷答复",
    en="Survey responses",
    grain="One row per answer to one question",
    key=("response_id", "question_code"),
    columns=(
        text("response_id", "答卷编号", "Response", required=True),
        text("survey_id", "调查编号", "Survey", required=True),
        date("answered_on", "作答日期", "Answered on", required=True),
        code("unit_code", "被评单位", "Unit", refers_to="units"),
        code("area_code", "所在区域", "Area", refers_to="units"),
        code("question_code", "题目", "Question", example="Q1", required=True),
        text("answer", "答案（原始）", "Answer as given", example="满意", personal=Personal.MASKED_TEXT),
        text("case_id", "案件编号", "Case number"),
    ),
)
