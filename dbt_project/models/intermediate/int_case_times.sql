-- When a case passed each stage, and how often it was extended, sent back or reworked. What the case's own record says wins; where it
-- is silent and its source keeps an event log, the log speaks: the first acceptance, verification, registration and dispatch, the
-- last handling, re-inspection and closing (rework repeats these). A case reported after the last day of its unit or
-- area is the successor's.
with logged as (
    select
        e.source_system || ':' || e.case_id as case_key,
        min(e.occurred_at) filter (where t.stage = 'accept') as accepted_at,
        min(e.occurred_at) filter (where t.stage = 'verify') as site_verified_at,
        min(e.occurred_at) filter (where t.stage = 'register') as registered_at,
        min(e.occurred_at) filter (where t.stage = 'dispatch') as dispatched_at,
        max(e.occurred_at) filter (where t.stage = 'handle') as handled_at,
        max(e.occurred_at) filter (where t.stage = 'reinspect') as verified_at,
        max(e.occurred_at) filter (where t.stage = 'close') as closed_at,
        count(*) filter (where t.effect = 'rework') as rework_count,
        count(*) filter (where t.effect = 'return') as return_count,
        count(*) filter (where t.effect = 'extend') as extension_count,
        count(*) filter (where t.event_type is null) as unknown_events
    from {{ ref('stg_case_events') }} as e
    cross join {{ ref('stg_run') }} as r
    left join {{ ref('event_types') }} as t on e.event_type = t.event_type
    where e.occurred_at <= r.as_of
    group by e.source_system || ':' || e.case_id
),

-- a log that holds no event of a kind for any case does not record that kind
records as (
    select
        max(rework_count) > 0 as has_rework, max(return_count) > 0 as has_returns, max(extension_count) > 0 as has_extensions
    from logged
),

sent_back as (
    -- a source that does not tell whether a return was accepted tells of those that were
    select
        t.source_system || ':' || t.case_id as case_key,
        count(*) filter (where coalesce(t.is_return_accepted, t.returned_at is not null) and coalesce(t.returned_at <= r.as_of, true))
            as return_count
    from {{ ref('stg_case_tasks') }} as t
    cross join {{ ref('stg_run') }} as r
    group by t.source_system || ':' || t.case_id
),

suspended as (
    select s.case_key, count(*) as suspension_count
    from {{ ref('stg_case_suspensions') }} as s
    cross join {{ ref('stg_run') }} as r
    where s.started_at <= r.as_of
    group by s.case_key
)

select
    c.case_key, c.case_id, c.source_system, c.channel, c.intake, c.category_code, c.subcategory_code,
    {{ succeeded('area_code', 'c') }} as area_code, {{ succeeded('unit_code', 'c') }} as unit_code,
    c.reported_at,
    coalesce(c.accepted_at, e.accepted_at) as accepted_at,
    e.site_verified_at,
    coalesce(c.registered_at, e.registered_at) as registered_at,
    coalesce(c.dispatched_at, e.dispatched_at) as dispatched_at,
    c.due_at, c.contacted_at,
    coalesce(c.handled_at, e.handled_at) as handled_at,
    coalesce(c.verified_at, e.verified_at) as verified_at,
    coalesce(c.closed_at, e.closed_at) as closed_at,
    c.cancelled_at,
    coalesce(c.rework_count, case when r.has_rework then e.rework_count end) as rework_count,
    coalesce(c.return_count, case when r.has_returns then e.return_count end, b.return_count) as return_count,
    coalesce(c.extension_count, case when r.has_extensions then e.extension_count end) as extension_count,
    coalesce(s.suspension_count, 0) as suspension_count,
    coalesce(e.unknown_events, 0) as unknown_events,
    c.is_valid, c.is_proactive, c.is_missed_report, c.disposal_means,
    c.collector_code, c.acceptor_code, c.shift_leader_code, c.dispatcher_code,
    c.duplicate_of, c.satisfaction, c.is_resolved, {{ succession(['unit_code', 'area_code'], 'c') }} as succession, c.delivery_id, c.source_file, c.source_row
from {{ ref('stg_cases') }} as c
cross join records as r
left join logged as e on c.case_key = e.case_key
left join suspended as s on c.case_key = s.case_key
left join sent_back as b on c.case_key = b.case_key
{{ succession_joins(['unit_code', 'area_code'], 'cast(c.reported_at as date)', 'c') }}
