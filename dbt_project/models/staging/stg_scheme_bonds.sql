select
    scheme, scheme_version, grade, returned, rewarded
from {{ run_input('scheme_bonds') }}
