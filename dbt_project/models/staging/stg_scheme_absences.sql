select
    scheme, scheme_version, item, period
from {{ run_input('scheme_absences') }}
