select period, period_type, label_zh, starts_on, ends_on, as_of, is_complete, previous_period, year_before_period
from {{ run_input('periods') }}
