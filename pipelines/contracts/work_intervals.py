"""Reference: the hours in which a working clock runs."""

from pipelines.contracts.base import Contract, date, integer, text, time

CONTRACT = Contract(
    name="work_intervals",
    zh="工作时段",
    en="Working intervals",
    grain="One row per calendar, weekday or date, and interval",
    key=("calendar_code", "weekday", "date", "starts_at", "valid_from"),
    is_reference=True,
    columns=(
        text("calendar_code", "日历编码", "Calendar", example="default", required=True),
        integer(
            "weekday", "星期（1 为周一，空为每个工作日）", "Weekday, blank for every working day", minimum=1, maximum=7
        ),
        date("date", "特定日期", "One date only"),
        time("starts_at", "开始时刻", "Starts at", required=True),
        time("ends_at", "结束时刻", "Ends at", required=True),
        date("valid_from", "生效日期", "Valid from", required=True),
        date("valid_to", "终止日期", "Valid to, inclusive"),
    ),
)
