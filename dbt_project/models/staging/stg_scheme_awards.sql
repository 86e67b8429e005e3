select
    scheme, scheme_version, peer_group, entry, size_from, size_to, place, is_from_end, yuan
from {{ run_input('scheme_awards') }}
