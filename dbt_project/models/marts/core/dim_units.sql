select unit_code, name_zh, coalesce(name_en, name_zh) as name_en, unit_kind, parent_code, is_ranked, valid_from, valid_to
from {{ ref('stg_units') }}
