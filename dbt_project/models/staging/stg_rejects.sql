select
    r.delivery_id, r.source, r.contract, r.source_file, r.source_row, r.reason, r.column_name, r.value,
    r.remedy_zh, r.remedy_en,
    case when c.closed_by is null then 'open' else 'closed' end as state, c.closed_by, c.closed_how
from {{ ledger('rejected') }} as r
left join {{ ref('stg_closings') }} as c
    on r.delivery_id = c.delivery_id and coalesce(r.source_row, 0) = c.reject_row
