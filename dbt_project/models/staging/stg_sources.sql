select source, contract, source_system, handled_at_is_closed_at, clock_starts_at
from {{ run_input('sources') }}
