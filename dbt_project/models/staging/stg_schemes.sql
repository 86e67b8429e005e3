select
    scheme, scheme_version, title_zh, title_en, decided_by, valid_from, valid_to, unit_kind, only_group, period_type,
    compare_within, is_lowest_best, level, rate_decimals, item_decimals, total_decimals, bonus_cap,
    penalty_cap
from {{ run_input('schemes') }}
