-- The calendar with a running number of working days (days that have working hours).
with per_day as (
    select
        calendar_date,
        cast(sum(work_seconds) as bigint) as work_seconds,
        max(ends_at) as closes_at
    from {{ ref('int_work_intervals') }}
    group by calendar_date
),

days as (
    select
        c.calendar_date, c.is_official, p.closes_at,
        p.closes_at is not null as is_workday,
        coalesce(p.work_seconds, 0) as work_seconds
    from {{ ref('stg_calendar') }} as c
    left join per_day as p on c.calendar_date = p.calendar_date
)

select
    calendar_date, is_workday, is_official, closes_at, work_seconds,
    cast(coalesce(sum(work_seconds) over (
        order by calendar_date nulls last rows between unbounded preceding and 1 preceding
    ), 0) as bigint) as seconds_before,
    cast(sum(case when is_workday then 1 else 0 end) over (
        order by calendar_date nulls last rows between unbounded preceding and current row
    ) as bigint) as workday_number,
    cast(sum(case when is_official then 0 else 1 end) over (
        order by calendar_date nulls last rows between unbounded preceding and current row
    ) as bigint) as unofficial_number
from days
