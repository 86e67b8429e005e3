"""Reference: working days, make-up days included."""

from pipelines.contracts.base import Contract, boolean, date, text

CONTRACT = Contract(
    name="calendar",
    zh="工作日历",
    en="Calendar",
    grain="One row per day",
    key=("date",),
    is_reference=True,
    columns=(
        date("date", "日期", "Date", required=True),
        boolean("is_workday", "是否工作日", "Working day", required=True),
        boolean("is_official", "是否官方公布", "From an official notice", required=True),
        text("name", "节日名称", "Holiday", example="国庆节"),
    ),
)
