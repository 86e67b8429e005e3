select calendar_date, weekday, is_workday, is_official, name
from {{ run_input('calendar') }}
