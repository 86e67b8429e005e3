-- Who held a case for its handling, turn by turn. The tasks of the case tell it; else its transfers; else the responsible unit held it
-- from the dispatch (or the last stage known before it) to the handling. A follow-on order to another unit is a turn that assists.
with cases as (
    select
        case_key, unit_code, due_at, handled_at, closed_at,
        coalesce(dispatched_at, registered_at, accepted_at, reported_at) as started_at
    from {{ ref('int_cases') }}
),

events as (
    select
        e.source_system || ':' || e.case_id as case_key, e.record_key, t.effect,
        e.occurred_at, e.from_unit_code, e.to_unit_code, e.new_due_at
    from {{ ref('stg_case_events') }} as e
    inner join {{ ref('event_types') }} as t on e.event_type = t.event_type
    cross join {{ ref('stg_run') }} as r
    where t.effect in ('transfer', 'share_begins', 'share_ends') and e.occurred_at <= r.as_of
),

by_task as (
    select
        t.source_system || ':' || t.case_id as case_key, t.unit_code, t.role as turn_role, t.assigned_at as started_at,
        case when t.done_at <= r.as_of then t.done_at end as done_at,
        -- a return that was refused leaves the task where it was
        case when t.returned_at <= r.as_of and coalesce(t.is_return_accepted, true) then t.returned_at end as passed_on_at,
        coalesce(t.due_at, c.due_at) as due_at, t.record_key as turn_key,
        case when t.signed_at <= r.as_of then t.signed_at end as signed_at
    from {{ ref('stg_case_tasks') }} as t
    inner join cases as c on t.source_system || ':' || t.case_id = c.case_key
    cross join {{ ref('stg_run') }} as r
    where t.assigned_at <= r.as_of
),

tasked as (
    select distinct case_key from by_task
),

transfers as (
    select
        e.case_key, e.occurred_at, e.from_unit_code, e.to_unit_code, e.new_due_at, e.record_key,
        row_number() over (partition by e.case_key order by e.occurred_at nulls last, e.record_key nulls last) as place,
        lead(e.occurred_at) over (partition by e.case_key order by e.occurred_at nulls last, e.record_key nulls last) as next_at
    from events as e
    where e.effect = 'transfer'
),

by_transfer as (
    select
        c.case_key, t.from_unit_code as unit_code, 'lead' as turn_role, c.started_at,
        cast(null as timestamp) as done_at, t.occurred_at as passed_on_at, c.due_at, 'before ' || t.record_key as turn_key
    from transfers as t
    inner join cases as c on t.case_key = c.case_key
    where t.place = 1
    union all
    select
        c.case_key, coalesce(t.to_unit_code, c.unit_code) as unit_code, 'transfer' as turn_role, t.occurred_at as started_at,
        case when t.next_at is null then c.handled_at end as done_at, t.next_at as passed_on_at,
        coalesce(t.new_due_at, c.due_at) as due_at, t.record_key as turn_key
    from transfers as t
    inner join cases as c on t.case_key = c.case_key
),

shares as (
    select
        case_key, to_unit_code, effect, occurred_at, record_key,
        row_number() over (partition by case_key, to_unit_code, effect order by occurred_at nulls last, record_key nulls last) as place
    from events
    where effect in ('share_begins', 'share_ends')
),

by_share as (
    select
        b.case_key, b.to_unit_code as unit_code, 'assist' as turn_role, b.occurred_at as started_at, e.occurred_at as done_at,
        cast(null as timestamp) as passed_on_at, cast(null as timestamp) as due_at, b.record_key as turn_key
    from shares as b
    inner join cases as c on b.case_key = c.case_key
    left join shares as e
        on
            b.case_key = e.case_key and b.place = e.place and e.effect = 'share_ends' and e.occurred_at >= b.occurred_at
            and coalesce(b.to_unit_code, '') = coalesce(e.to_unit_code, '')
    where b.effect = 'share_begins'
),

by_case as (
    select
        c.case_key, c.unit_code, 'lead' as turn_role, c.started_at, c.handled_at as done_at,
        cast(null as timestamp) as passed_on_at, c.due_at, 'case' as turn_key
    from cases as c
    left join tasked as k on c.case_key = k.case_key
    left join transfers as t on c.case_key = t.case_key and t.place = 1
    where k.case_key is null and t.case_key is null
),

turns as (
    select case_key, unit_code, turn_role, started_at, done_at, passed_on_at, due_at, turn_key, signed_at, true as is_task from by_task
    union all
    select case_key, unit_code, turn_role, started_at, done_at, passed_on_at, due_at, turn_key, cast(null as timestamp), false
    from by_transfer
    where case_key not in (select case_key from tasked)
    union all
    select case_key, unit_code, turn_role, started_at, done_at, passed_on_at, due_at, turn_key, cast(null as timestamp), false
    from by_share
    union all
    select case_key, unit_code, turn_role, started_at, done_at, passed_on_at, due_at, turn_key, cast(null as timestamp), false
    from by_case
)

select
    *,
    row_number() over (partition by case_key order by started_at nulls last, turn_key nulls last) as turn,
    turn_role <> 'assist' and row_number() over (
        partition by case_key
        order by case when turn_role = 'assist' then 1 else 0 end, started_at desc nulls last, turn_key desc nulls last
    ) = 1 as is_last_turn
from turns
