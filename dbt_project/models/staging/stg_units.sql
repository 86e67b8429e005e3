select unit_code, name_zh, name_en, unit_kind, parent_code, is_ranked, valid_from, valid_to
from {{ run_input('units') }}
