select
    scheme, scheme_version, place, is_from_end, yuan, needs_size
from {{ run_input('scheme_funds') }}
