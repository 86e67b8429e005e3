-- What is known of a case at the run's as-of moment: nothing that happened later, its deadline, and why it is left out.
-- A handling before the report is no known handling time; a closing before the report leaves the case out as impossible.
with known as (
    select
        c.case_key, c.case_id, c.source_system, d.source, c.channel, c.intake, c.category_code, c.subcategory_code,
        c.area_code, c.unit_code, c.reported_at, c.accepted_at, c.site_verified_at, c.registered_at, c.dispatched_at, c.contacted_at,
        -- the deadline that the source gives wins over the computed one, unless the feed declares the contrary
        case when s.is_due_computed then coalesce(l.due_at, c.due_at) else coalesce(c.due_at, l.due_at) end as due_at,
        case
            when l.due_at is not null and (c.due_at is null or s.is_due_computed) then 'computed'
            when c.due_at is not null then 'given'
        end as due_source,
        c.due_at as given_due_at, l.due_at as computed_due_at,
        coalesce(l.is_calendar_provisional, false) and (c.due_at is null or s.is_due_computed) as is_calendar_provisional,
        case when c.closed_at <= r.as_of then c.closed_at end as closed_at,
        case
            when c.handled_at <= r.as_of and c.handled_at >= c.reported_at then c.handled_at
            when c.handled_at is null and s.handled_at_is_closed_at and c.closed_at <= r.as_of then c.closed_at
        end as handled_at,
        case when c.verified_at <= r.as_of then c.verified_at end as verified_at,
        case when c.cancelled_at <= r.as_of then c.cancelled_at end as cancelled_at,
        coalesce(c.closed_at <= r.as_of and c.closed_at < c.reported_at, false) as is_closed_before_reported,
        c.rework_count, c.return_count, c.extension_count, c.suspension_count,
        c.is_valid, c.is_proactive, c.is_missed_report, c.disposal_means,
        c.collector_code, c.acceptor_code, c.shift_leader_code, c.dispatcher_code,
        c.duplicate_of, c.satisfaction, c.is_resolved, c.succession, r.as_of,
        c.delivery_id, c.source_file, c.source_row
    from {{ ref('int_case_times') }} as c
    cross join {{ ref('stg_run') }} as r
    left join {{ ref('int_case_deadlines') }} as l on c.case_key = l.case_key and l.is_case_deadline
    left join {{ ref('stg_deliveries') }} as d on c.delivery_id = d.delivery_id
    left join {{ ref('stg_sources') }} as s on d.source = s.source
    where c.reported_at <= r.as_of
),

appealed as (
    select distinct target_key from {{ ref('int_adjustments') }} where status = 'applied' and kind = 'exclude_case'
)

select
    k.case_key, k.case_id, k.source_system, k.source, k.channel, k.intake, k.category_code, k.subcategory_code,
    k.area_code, k.unit_code, k.reported_at, k.accepted_at, k.site_verified_at, k.registered_at, k.dispatched_at, k.contacted_at,
    k.due_at, k.due_source, k.given_due_at, k.computed_due_at, k.is_calendar_provisional,
    k.handled_at, k.verified_at, k.closed_at, k.cancelled_at,
    -- due to close at the earlier of closing and deadline; open inside the deadline or without one: not due
    case
        when k.due_at is null then null
        when k.closed_at is not null then least(k.closed_at, k.due_at)
        when k.due_at < k.as_of then k.due_at
    end as settled_at,
    k.rework_count, k.return_count, k.extension_count, k.suspension_count,
    k.is_valid, k.is_proactive, k.is_missed_report, k.disposal_means,
    k.collector_code, k.acceptor_code, k.shift_leader_code, k.dispatcher_code, k.satisfaction, k.is_resolved,
    coalesce(a.is_evaluated, false) and k.closed_at is not null as is_evaluated,
    coalesce(a.is_satisfied, false) and k.closed_at is not null as is_satisfied,
    case
        when k.duplicate_of is not null then 'duplicate'
        when k.cancelled_at is not null then 'cancelled'
        when not k.is_valid then 'invalid'
        when x.target_key is not null then 'appeal'
        when k.is_closed_before_reported then 'impossible_order'
    end as exclusion_reason,
    k.succession, k.delivery_id, k.source_file, k.source_row
from known as k
left join appealed as x on k.case_key = x.target_key
left join {{ ref('satisfaction_answers') }} as a on k.satisfaction = a.answer
