select indicator, list_name, value
from {{ run_input('indicator_variant_values') }}
