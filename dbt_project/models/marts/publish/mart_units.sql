select unit_code, name_zh, name_en, unit_kind, parent_code, is_ranked
from {{ ref('dim_units') }}
