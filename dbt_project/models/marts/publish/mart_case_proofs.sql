{% set stages = ['accept', 'verify', 'register', 'dispatch', 'sign', 'contact', 'handle', 'reinspect', 'close'] %}
-- The rows behind every case count: a case stands in each period in which any count holds it. The flags are those of the cases; the
-- counts of stages and posts follow from the times beside them and the period's as-of moment.
with touches as (
    select case_key, reported_on as day_on, 1 as is_reported, 0 as is_registered, 0 as is_settled, 0 as is_answered
    from {{ ref('int_case_charges') }}
    where role = 'responsible'
    union all
    select case_key, registered_on, 0, 1, 0, 0 from {{ ref('int_case_charges') }} where role = 'responsible'
    union all
    select case_key, settled_on, 0, 0, 1, 0 from {{ ref('int_case_charges') }} where role = 'responsible'
    union all
    select case_key, closed_on, 0, 0, 0, case when is_evaluated then 1 else 0 end from {{ ref('int_case_charges') }}
    where role = 'responsible' and (is_evaluated or exclusion_reason is null)
    union all
    select case_key, cast(accepted_at as date), 0, 0, 0, 0 from {{ ref('int_cases') }}
    union all
    select case_key, cast(dispatched_at as date), 0, 0, 0, 0 from {{ ref('int_cases') }}
    union all
    select case_key, cast(settled_at as date), 0, 0, 0, 0 from {{ ref('int_case_stages') }} where is_last_turn and settled_at is not null
    union all
    select case_key, cast(handle_ended_at as date), 0, 0, 0, 0 from {{ ref('int_case_stage_times') }} where handle_ended_at is not null
),

-- most moments of a case fall on the same few days
touched_days as (
    select
        case_key, day_on, max(is_reported) as is_reported, max(is_registered) as is_registered,
        max(is_settled) as is_settled, max(is_answered) as is_answered
    from touches
    where day_on is not null
    group by case_key, day_on
),

touched as (
    select
        t.case_key, d.period, max(t.is_reported) as is_reported, max(t.is_registered) as is_registered,
        max(t.is_settled) as is_settled, max(t.is_answered) as is_answered
    from touched_days as t
    inner join {{ ref('stg_period_days') }} as d on t.day_on = d.day_on
    group by t.case_key, d.period
)

select
    t.period, c.case_key, c.case_id, c.source_system, c.channel, c.category_code,
    c.responsible_code as unit_code, u.name_zh as unit_name, c.area_unit_code as area_code, a.name_zh as area_name,
    c.reported_at, c.registered_at, c.due_at, c.due_source, c.is_calendar_provisional, c.handled_at, c.closed_at, c.settled_at,
    t.is_reported = 1 and c.reported_at <= p.as_of as is_reported,
    t.is_registered = 1 and coalesce(c.registered_at <= p.as_of, false) and (c.exclusion_reason is null or c.exclusion_reason = 'cancelled') as is_registered,
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
    c.exclusion_reason is null as is_counted, c.is_closing_recorded, s.case_key is not null as is_clock_stopped,
    k.accepted_at, k.dispatched_at, k.contacted_at, c.return_count, c.extension_count, c.suspension_count, c.disposal_means,
    k.is_proactive, k.is_missed_report, k.collector_code, k.acceptor_code, k.shift_leader_code, k.dispatcher_code,
    b.case_key is not null as is_called_back, coalesce(b.was_reached, false) as is_reached,
    coalesce(r.is_assessed, false) as is_assessed, coalesce(r.is_resolved, false) as is_resolved,
    {% for stage in stages %}
    g.{{ stage }}_due_at, g.{{ stage }}_done_at, g.{{ stage }}_settled_at, g.{{ stage }}_fault,
    {% endfor %}
    g.handle_ended_at, g.handle_work_minutes, g.handle_holder_code,
    k.succession, c.delivery_id, c.source_file, c.source_row
from touched as t
inner join {{ ref('int_case_charges') }} as c on t.case_key = c.case_key and c.role = 'responsible'
inner join {{ ref('int_cases') }} as k on t.case_key = k.case_key
inner join {{ ref('stg_periods') }} as p on t.period = p.period
left join {{ ref('int_case_suspended') }} as s on t.case_key = s.case_key and t.period = s.period
left join {{ ref('int_case_stage_times') }} as g on t.case_key = g.case_key
left join {{ ref('int_case_callbacks') }} as b on t.case_key = b.case_key and b.answers_of = 'any_callback'
left join {{ ref('resolution_answers') }} as r on coalesce(k.is_resolved, b.is_resolved) = r.answer
left join {{ ref('dim_units') }} as u on c.responsible_code = u.unit_code
left join {{ ref('dim_units') }} as a on c.area_unit_code = a.unit_code
