select
    delivery_id, source, contract, source_file, source_row, reason, column_name, value, remedy_zh, remedy_en,
    state, closed_by, closed_how
from {{ ref('stg_rejects') }}
