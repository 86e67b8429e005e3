select unit_code, ancestor_code
from {{ run_input('unit_ancestors') }}
