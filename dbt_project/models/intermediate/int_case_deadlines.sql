-- Deadlines counted from the category's limit, for the cases whose source gives none.
-- Three clocks: urgent hours and natural days run round the clock; work hours run inside working intervals;
-- N work days end at the close of the last interval of the Nth working day after the start.
with limits as (
    select
        c.case_key, l.limit_value, l.limit_unit,
        case l.clock_start
            when 'accepted_at' then c.accepted_at
            when 'registered_at' then c.registered_at
            when 'dispatched_at' then c.dispatched_at
            else c.reported_at
        end as clock_started_at,
        row_number() over (
            partition by c.case_key
            order by case l.stage when 'handle' then 0 else 1 end, l.valid_from desc nulls last
        ) as choice
    from {{ ref('stg_cases') }} as c
    inner join {{ ref('stg_stage_limits') }} as l
        on
            c.channel = l.channel
            and c.category_code = l.category_code
            and l.stage in ('handle', 'close')
            and cast(c.reported_at as date) >= l.valid_from
            and (l.valid_to is null or cast(c.reported_at as date) <= l.valid_to)
    where c.due_at is null
),

started as (
    select
        case_key, limit_unit, limit_value, clock_started_at,
        cast(clock_started_at as date) as started_on,
        cast(round(limit_value * 3600, 0) as bigint) as hour_seconds
    from limits
    where choice = 1 and clock_started_at is not null
),

round_the_clock as (
    select
        case_key, clock_started_at,
        {{ add_seconds('clock_started_at', "case limit_unit when 'natural_day' then 24 * hour_seconds else hour_seconds end") }} as due_at
    from started
    where limit_unit in ('urgent_hour', 'natural_day')
),

work_days as (
    select s.case_key, s.clock_started_at, target.closes_at as due_at
    from started as s
    inner join {{ ref('int_work_days') }} as today on s.started_on = today.calendar_date
    inner join {{ ref('int_work_days') }} as target
        on
            target.is_workday
            and target.workday_number = today.workday_number + cast(ceil(s.limit_value) as bigint)
    where s.limit_unit = 'work_day'
),

-- where the clock stands at the start, in working seconds since the calendar began
positions as (
    select
        s.case_key, s.clock_started_at, s.hour_seconds,
        min(d.seconds_before) + cast(coalesce(sum(
            case when i.starts_at < s.clock_started_at
                then {{ seconds_between('i.starts_at', 'least(i.ends_at, s.clock_started_at)') }} end
        ), 0) as bigint) as position_seconds
    from started as s
    inner join {{ ref('int_work_days') }} as d on s.started_on = d.calendar_date
    left join {{ ref('int_work_intervals') }} as i on s.started_on = i.calendar_date
    where s.limit_unit = 'work_hour'
    group by s.case_key, s.clock_started_at, s.hour_seconds
),

work_hours as (
    select
        p.case_key, p.clock_started_at,
        {{ add_seconds('i.starts_at', 'p.position_seconds + p.hour_seconds - i.seconds_before') }} as due_at
    from positions as p
    inner join {{ ref('int_work_intervals') }} as i
        on
            p.position_seconds + p.hour_seconds > i.seconds_before
            and p.position_seconds + p.hour_seconds <= i.seconds_before + i.work_seconds
)

select case_key, clock_started_at, due_at from round_the_clock
union all
select case_key, clock_started_at, due_at from work_days
union all
select case_key, clock_started_at, due_at from work_hours
