select scheme, scheme_version, item, item_order, item_zh, item_en, indicator, channel, full_marks, rule, is_complement, needs_at_least, otherwise
from {{ run_input('scheme_items') }}
