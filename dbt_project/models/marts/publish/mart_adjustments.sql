-- The register: everything that was asked for, whatever became of it.
select
    a.record_key, a.adjustment_id, a.source_system, a.period, a.unit_code, u.name_zh as unit_name, a.kind, a.target, a.target_key,
    a.points, a.reason, a.requested_by, a.requested_at, a.decided_by, a.decided_at, a.decision, a.is_late,
    cast(a.open_until as timestamp) as open_until, a.status, s.status_zh, s.status_en, a.delivery_id, a.source_file, a.source_row
from {{ ref('int_adjustments') }} as a
inner join {{ ref('dim_units') }} as u on a.unit_code = u.unit_code
inner join {{ ref('adjustment_statuses') }} as s on a.status = s.status
