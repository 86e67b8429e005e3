select period, unit_code, state, sources, reason_zh, reason_en
from {{ run_input('late_feeds') }}
