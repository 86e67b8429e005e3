select
    scheme, scheme_version, item, part, item_order, item_zh, item_en, source_kind, source_name, over, channel,
    full_marks, rule, target, none_counts_as, needs_evidence, needs_at_least, otherwise
from {{ run_input('scheme_items') }}
