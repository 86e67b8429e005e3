select record_key, requested_at, period, unit_code, target, open_until, is_marked
from {{ run_input('late_adjustments') }}
