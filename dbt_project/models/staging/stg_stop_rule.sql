select within_metres, minutes_early, minutes_late
from {{ run_input('stop_rule') }}
