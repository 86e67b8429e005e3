select period, day_on
from {{ run_input('period_days') }}
