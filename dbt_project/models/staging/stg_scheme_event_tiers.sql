select
    scheme, scheme_version, item, from_nth, adds
from {{ run_input('scheme_event_tiers') }}
