-- Where an applied adjustment is felt: each period and unit whose counts or score it touches, and always the one it was asked for.
with applied as (
    select * from {{ ref('int_adjustments') }} where status = 'applied'
),

findings as (
    select
        a.record_key, f.unit_code, coalesce(f.area_code, f.unit_code) as area_code, coalesce(f.split_unit_code, f.unit_code) as split_unit_code,
        cast(f.inspected_at as date) as inspected_on, cast(f.rectify_due_at as date) as due_on
    from applied as a
    inner join {{ ref('stg_findings') }} as f on a.target_key = f.record_key
    where a.kind = 'exclude_finding'
),

bearers as (
    select record_key, unit_code, inspected_on, due_on from findings
    union
    select record_key, area_code as unit_code, inspected_on, due_on from findings
    union
    select record_key, split_unit_code as unit_code, inspected_on, due_on from findings
),

felt as (
    select a.record_key, r.counted_unit_code as unit_code, d.period
    from applied as a
    inner join {{ ref('int_case_charges') }} as c on a.target_key = c.case_key
    inner join {{ ref('int_unit_rollup') }} as r
        on c.role = r.role and c.responsible_code = r.responsible_code and c.area_unit_code = r.area_unit_code
    inner join {{ ref('stg_period_days') }} as d
        on d.day_on = c.reported_on or d.day_on = c.registered_on or d.day_on = c.settled_on or d.day_on = c.closed_on
    where a.kind = 'exclude_case'
    union
    select b.record_key, u.ancestor_code as unit_code, d.period
    from bearers as b
    inner join {{ ref('stg_unit_ancestors') }} as u on b.unit_code = u.unit_code
    inner join {{ ref('stg_period_days') }} as d on d.day_on = b.inspected_on or d.day_on = b.due_on
    union
    select record_key, unit_code, period from applied
)

select f.period, f.record_key, a.adjustment_id, f.unit_code, a.unit_code as asked_unit_code, a.kind, a.target, a.points
from felt as f
inner join applied as a on f.record_key = a.record_key
