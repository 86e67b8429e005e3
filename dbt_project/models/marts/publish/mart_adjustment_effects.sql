select
    e.period, e.unit_code, u.name_zh as unit_name, a.adjustment_id, a.kind, a.target, a.points, a.period as asked_period,
    a.unit_code as asked_unit_code, w.name_zh as asked_unit_name, a.reason, a.requested_by, a.requested_at, a.decided_by, a.decided_at,
    a.is_late, cast(a.open_until as timestamp) as open_until, a.record_key, a.delivery_id, a.source_file, a.source_row
from {{ ref('int_adjustment_effects') }} as e
inner join {{ ref('int_adjustments') }} as a on e.record_key = a.record_key
inner join {{ ref('dim_units') }} as u on e.unit_code = u.unit_code
inner join {{ ref('dim_units') }} as w on a.unit_code = w.unit_code
