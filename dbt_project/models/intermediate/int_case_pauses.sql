-- The time that suspensions take out of the clock of each limit of a case, in the unit of that clock. Overlapping suspensions are merged. One counts only
-- if it began before the deadline as it stood then. One that has not ended moves no deadline yet (the case is out of the figures
-- as suspended); where the case was closed meanwhile, it ended with the closing.
with pauses as (
    select
        s.case_key, l.stage, l.limit_unit, l.allowed, l.start_position,
        greatest(s.started_at, l.clock_started_at) as paused_at,
        case when s.ended_at <= r.as_of then s.ended_at when c.closed_at <= r.as_of then c.closed_at end as resumed_at
    from {{ ref('stg_case_suspensions') }} as s
    inner join {{ ref('int_case_limits') }} as l on s.case_key = l.case_key
    inner join {{ ref('int_case_times') }} as c on s.case_key = c.case_key
    cross join {{ ref('stg_run') }} as r
),

ordered as (
    select
        *,
        max(resumed_at) over (
            partition by case_key, stage order by paused_at nulls last, resumed_at nulls last
            rows between unbounded preceding and 1 preceding
        ) as resumed_before
    from pauses
    where resumed_at > paused_at
),

numbered as (
    select
        *,
        sum(case when paused_at <= resumed_before then 0 else 1 end) over (
            partition by case_key, stage order by paused_at nulls last, resumed_at nulls last
            rows between unbounded preceding and current row
        ) as island
    from ordered
),

merged as (
    select
        case_key, stage, limit_unit, allowed, start_position,
        min(paused_at) as paused_at, max(resumed_at) as resumed_at
    from numbered
    group by case_key, stage, limit_unit, allowed, start_position, island
),

on_clock as (
    select
        m.case_key, m.stage, m.allowed, m.start_position, m.paused_at,
        case m.limit_unit
            when 'work_day' then {{ work_days_closed_at('m.paused_at', 'a') }}
            when 'work_hour' then {{ work_seconds_at('m.paused_at', 'a') }}
            else {{ seconds_at('m.paused_at') }}
        end as reached,
        case m.limit_unit
            when 'work_day' then b.workday_number - a.workday_number
            when 'work_hour' then {{ work_seconds_at('m.resumed_at', 'b') }} - {{ work_seconds_at('m.paused_at', 'a') }}
            else {{ seconds_between('m.paused_at', 'm.resumed_at') }}
        end as stood_still
    from merged as m
    left join {{ ref('int_work_segments') }} as a on {{ in_segment('m.paused_at', 'a') }}
    left join {{ ref('int_work_segments') }} as b on {{ in_segment('m.resumed_at', 'b') }}
),

used as (
    select
        case_key, stage, paused_at, stood_still, allowed,
        reached - start_position - coalesce(sum(stood_still) over (
            partition by case_key, stage order by paused_at nulls last rows between unbounded preceding and 1 preceding
        ), 0) as used_before
    from on_clock
),

-- once the deadline has passed, no later suspension counts
judged as (
    select
        case_key, stage, stood_still, allowed,
        max(used_before) over (
            partition by case_key, stage order by paused_at nulls last rows between unbounded preceding and current row
        ) as used_at_most
    from used
)

select
    case_key, stage,
    cast(sum(stood_still) as bigint) as stood_still,
    cast(count(*) as bigint) as suspension_count
from judged
where used_at_most < allowed
group by case_key, stage
