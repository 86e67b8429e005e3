select unit_code, peer_group, peer_group_zh, valid_from, valid_to
from {{ run_input('peer_groups') }}
