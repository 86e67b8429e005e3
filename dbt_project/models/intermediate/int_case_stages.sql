-- Every stage of every case that counts: who held it, from when, until when, by when it was due. A stage begins with the end of the
-- last known one before it. Handling has one row per turn. A stage is missing where a later one was passed without it and its source
-- does record it; its order is impossible where it ended before it began. Neither has a figure but its own count.
with cases as (
    select
        *, coalesce(area_code, 'unallocated') as area_unit_code,
        coalesce(dispatched_at, registered_at, site_verified_at, accepted_at, reported_at) as sent_at
    from {{ ref('int_cases') }}
    where exclusion_reason is null
),

passed as (
    select case_key, 'accept' as stage, 1 as turn, acceptor_code as holder_code, reported_at as started_at, accepted_at as done_at,
        coalesce(registered_at, dispatched_at, handled_at, verified_at, closed_at) as later_at
    from cases
    union all
    -- not every case is verified on site: none is missing
    select case_key, 'verify', 1, collector_code, coalesce(accepted_at, reported_at), site_verified_at, cast(null as timestamp)
    from cases
    where site_verified_at is not null or registered_at is null
    union all
    select case_key, 'register', 1, shift_leader_code, coalesce(site_verified_at, accepted_at, reported_at), registered_at,
        coalesce(dispatched_at, handled_at, verified_at, closed_at)
    from cases
    union all
    select case_key, 'dispatch', 1, dispatcher_code, coalesce(registered_at, site_verified_at, accepted_at, reported_at), dispatched_at,
        coalesce(handled_at, verified_at, closed_at)
    from cases
    union all
    select case_key, 'contact', 1, coalesce(unit_code, 'unallocated'), sent_at, contacted_at, closed_at
    from cases
    union all
    select case_key, 'reinspect', 1, collector_code, handled_at, verified_at, closed_at
    from cases
    where handled_at is not null or verified_at is not null
    union all
    select case_key, 'close', 1, shift_leader_code, coalesce(verified_at, handled_at), closed_at, cast(null as timestamp)
    from cases
    where coalesce(verified_at, handled_at, closed_at) is not null
),

stages as (
    select
        p.case_key, p.stage, p.turn, p.holder_code, p.started_at, p.done_at, cast(null as timestamp) as passed_on_at, l.due_at,
        true as is_last_turn, cast(null as string) as turn_role, false as is_task, p.later_at,
        coalesce(l.is_calendar_provisional, false) as is_calendar_provisional
    from passed as p
    left join {{ ref('int_case_deadlines') }} as l on p.case_key = l.case_key and p.stage = l.stage
    union all
    select
        t.case_key, 'handle', t.turn, coalesce(t.unit_code, 'unallocated'), t.started_at, t.done_at, t.passed_on_at, t.due_at,
        t.is_last_turn, t.turn_role, t.is_task, c.closed_at,
        -- a turn with a deadline of its own was given it
        c.is_calendar_provisional and coalesce(t.due_at = c.due_at, false)
    from {{ ref('int_case_turns') }} as t
    inner join cases as c on t.case_key = c.case_key
    union all
    select
        t.case_key, 'sign', t.turn, coalesce(t.unit_code, 'unallocated'), t.started_at, t.signed_at, t.passed_on_at, l.due_at,
        t.is_last_turn, t.turn_role, t.is_task, t.done_at, coalesce(l.is_calendar_provisional, false)
    from {{ ref('int_case_turns') }} as t
    inner join cases as c on t.case_key = c.case_key
    left join {{ ref('int_case_deadlines') }} as l on t.case_key = l.case_key and l.stage = 'sign'
    where t.is_task
),

recorded as (
    select c.source, s.stage
    from stages as s
    inner join cases as c on s.case_key = c.case_key
    where s.done_at is not null
    group by c.source, s.stage
),

judged as (
    select
        s.*, c.case_id, c.source, c.channel, c.area_unit_code, c.reported_at, c.closed_at, c.return_count, c.as_of_at,
        coalesce(s.done_at, s.passed_on_at) as ended_at,
        s.done_at is null and s.passed_on_at is null and s.later_at is not null as is_missing,
        coalesce(coalesce(s.done_at, s.passed_on_at) < s.started_at, false) as is_impossible,
        c.delivery_id, c.source_file, c.source_row
    from stages as s
    inner join (select n.*, r.as_of as as_of_at from cases as n cross join {{ ref('stg_run') }} as r) as c on s.case_key = c.case_key
    inner join recorded as k on coalesce(c.source, '') = coalesce(k.source, '') and s.stage = k.stage
    where coalesce(s.done_at <= c.as_of_at, true) and coalesce(s.started_at <= c.as_of_at, true)
),

-- a stage in order is held until it ended, or until now where it is still open; a closed case holds nobody up
timed as (
    select
        *,
        case
            when is_missing or is_impossible then null
            when ended_at is not null then ended_at
            when closed_at is null then as_of_at
        end as held_until
    from judged
)

select
    t.case_key, t.case_id, t.source, t.channel, t.stage, t.turn, t.turn_role, t.is_last_turn, t.is_task, t.holder_code, t.area_unit_code,
    t.reported_at, t.started_at, t.due_at, t.done_at, t.passed_on_at, t.is_missing, t.is_impossible, t.return_count,
    t.is_calendar_provisional,
    -- due at the earlier of end and deadline; passed on inside the deadline, open inside it, or without one: not due
    case
        when t.is_missing or t.is_impossible or t.due_at is null then null
        when t.done_at is not null then least(t.done_at, t.due_at)
        when t.passed_on_at <= t.due_at then null
        when t.passed_on_at is not null then t.due_at
        when t.closed_at is null and t.due_at < t.as_of_at then t.due_at
    end as settled_at,
    {{ idiv(seconds_between('t.started_at', 't.held_until'), '60') }} as held_minutes,
    {{ idiv(work_seconds_at('t.held_until', 'b') ~ ' - ' ~ work_seconds_at('t.started_at', 'a'), '60') }} as held_work_minutes,
    t.delivery_id, t.source_file, t.source_row
from timed as t
left join {{ ref('int_work_segments') }} as a on {{ in_segment('t.started_at', 'a') }}
left join {{ ref('int_work_segments') }} as b on {{ in_segment('t.held_until', 'b') }}
