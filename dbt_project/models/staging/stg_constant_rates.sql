select indicator, reason
from {{ run_input('constant_rates') }}
