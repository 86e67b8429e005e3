-- The rows behind every case count: a case stands in each period in which any count holds it.
with touched as (
    select case_key, period, max(is_reported) as is_reported, max(is_registered) as is_registered, max(is_settled) as is_settled, max(is_answered) as is_answered
    from (
        select c.case_key, d.period, 1 as is_reported, 0 as is_registered, 0 as is_settled, 0 as is_answered
        from {{ ref('int_case_charges') }} as c
        inner join {{ ref('stg_period_days') }} as d on c.reported_on = d.day_on
        where c.role = 'responsible'
        union all
        select c.case_key, d.period, 0, 1, 0, 0
        from {{ ref('int_case_charges') }} as c
        inner join {{ ref('stg_period_days') }} as d on c.registered_on = d.day_on
        where c.role = 'responsible'
        union all
        select c.case_key, d.period, 0, 0, 1, 0
        from {{ ref('int_case_charges') }} as c
        inner join {{ ref('stg_period_days') }} as d on c.settled_on = d.day_on
        where c.role = 'responsible'
        union all
        select c.case_key, d.period, 0, 0, 0, 1
        from {{ ref('int_case_charges') }} as c
        inner join {{ ref('stg_period_days') }} as d on c.closed_on = d.day_on
        where c.role = 'responsible' and c.is_evaluated
    ) as touches
    group by case_key, period
)

select
    t.period, c.case_key, c.case_id, c.source_system, c.channel, c.category_code,
    c.responsible_code as unit_code, u.name_zh as unit_name, c.area_unit_code as area_code, a.name_zh as area_name,
    c.reported_at, c.registered_at, c.due_at, c.due_source, c.is_calendar_provisional, c.handled_at, c.closed_at, c.settled_at,
    t.is_reported = 1 and c.reported_at <= p.as_of as is_reported,
    t.is_registered = 1 and coalesce(c.registered_at <= p.as_of, false) and c.exclusion_reason is null as is_registered,
    t.is_settled = 1 and {{ is_due_to_close() }} as is_due_to_close,
    t.is_settled = 1 and {{ is_due_to_close() }} and {{ is_closed() }} as is_closed,
    t.is_settled = 1 and {{ is_due_to_close() }} and {{ is_on_time() }} as is_closed_on_time,
    t.is_settled = 1 and {{ is_due_to_close() }} and {{ is_overdue() }} as is_closed_overdue,
    t.is_settled = 1 and {{ is_due_to_close() }} and not {{ is_closed() }} as is_overdue_open,
    t.is_settled = 1 and {{ is_settled() }} and {{ is_suspended() }} as is_suspended,
    c.rework_count,
    t.is_answered = 1 and c.is_evaluated and c.exclusion_reason is null and c.closed_at <= p.as_of as is_evaluated,
    t.is_answered = 1 and c.is_satisfied and c.exclusion_reason is null and c.closed_at <= p.as_of as is_satisfied,
    case
        when c.exclusion_reason is not null then c.exclusion_reason
        when t.is_settled = 1 and {{ is_suspended() }} then 'suspended'
        when c.due_at is null then 'no_deadline'
    end as exclusion_reason,
    c.delivery_id, c.source_file, c.source_row
from touched as t
inner join {{ ref('int_case_charges') }} as c on t.case_key = c.case_key and c.role = 'responsible'
inner join {{ ref('stg_periods') }} as p on t.period = p.period
left join {{ ref('int_case_suspended') }} as s on t.case_key = s.case_key and t.period = s.period
left join {{ ref('dim_units') }} as u on c.responsible_code = u.unit_code
left join {{ ref('dim_units') }} as a on c.area_unit_code = a.unit_code
