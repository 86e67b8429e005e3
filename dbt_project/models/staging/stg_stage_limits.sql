select channel, category_code, stage, limit_value, limit_unit, clock_start, valid_from, valid_to
from {{ run_input('stage_limits') }}
