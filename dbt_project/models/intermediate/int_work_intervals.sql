-- The hours in which a working clock runs, day by day, with the working seconds that lie before each.
with run as (
    select calendar_code from {{ ref('stg_run') }}
),

intervals as (
    select
        d.calendar_date,
        cast(cast(d.calendar_date as string) || ' ' || w.starts_at || ':00' as timestamp) as starts_at,
        cast(cast(d.calendar_date as string) || ' ' || w.ends_at || ':00' as timestamp) as ends_at
    from {{ ref('stg_calendar') }} as d
    inner join {{ ref('stg_work_intervals') }} as w
        on
            d.is_workday
            and (w.weekday is null or w.weekday = d.weekday)
            and (w.on_date is null or w.on_date = d.calendar_date)
            and d.calendar_date >= w.valid_from
            and (w.valid_to is null or d.calendar_date <= w.valid_to)
    inner join run on w.calendar_code = run.calendar_code
),

measured as (
    select *, {{ seconds_between('starts_at', 'ends_at') }} as work_seconds from intervals
)

select
    calendar_date, starts_at, ends_at, work_seconds,
    cast(coalesce(sum(work_seconds) over (
        order by starts_at nulls last rows between unbounded preceding and 1 preceding
    ), 0) as bigint) as seconds_before
from measured
