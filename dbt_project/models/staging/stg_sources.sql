select source, contract, source_system, handled_at_is_closed_at, clock_starts_at, is_due_computed
from {{ run_input('sources') }}
