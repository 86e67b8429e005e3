-- The hours in which a working clock runs, day by day, with the working seconds that lie before each.
-- Hours given for one date replace those of its weekday, and these replace those of every working day.
-- A date with hours of its own is worked even where the calendar calls it a day off.
with run as (
    select calendar_code from {{ ref('stg_run') }}
),

intervals as (
    select
        d.calendar_date,
        {{ add_seconds('cast(d.calendar_date as timestamp)', seconds_of_day('w.starts_at')) }} as starts_at,
        {{ add_seconds('cast(d.calendar_date as timestamp)', seconds_of_day('w.ends_at')) }} as ends_at,
        rank() over (
            partition by d.calendar_date
            order by case when w.on_date is not null then 0 when w.weekday is not null then 1 else 2 end
        ) as choice
    from {{ ref('stg_calendar') }} as d
    inner join {{ ref('stg_work_intervals') }} as w
        on
            (d.is_workday or w.on_date is not null)
            and (w.weekday is null or w.weekday = d.weekday)
            and (w.on_date is null or w.on_date = d.calendar_date)
            and d.calendar_date >= w.valid_from
            and (w.valid_to is null or d.calendar_date <= w.valid_to)
    inner join run on w.calendar_code = run.calendar_code
),

measured as (
    select *, {{ seconds_between('starts_at', 'ends_at') }} as work_seconds from intervals
    where choice = 1
)

select
    calendar_date, starts_at, ends_at, work_seconds,
    cast(coalesce(sum(work_seconds) over (
        order by starts_at nulls last rows between unbounded preceding and 1 preceding
    ), 0) as bigint) as seconds_before,
    coalesce(starts_at < lag(ends_at) over (order by starts_at nulls last), false) as is_overlapping
from measured
