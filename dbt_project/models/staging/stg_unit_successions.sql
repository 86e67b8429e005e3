select unit_code, successor_code, starts_on, ends_on
from {{ run_input('unit_successions') }}
