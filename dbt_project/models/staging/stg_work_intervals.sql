select calendar_code, weekday, on_date, starts_at, ends_at, valid_from, valid_to
from {{ run_input('work_intervals') }}
