-- Every moment of the calendar lies in exactly one segment: from midnight to the first working hour, and from the start of each
-- working interval to the start of the next (or to midnight). So a moment finds its place on the working clock by one equi-join.
with pieces as (
    select
        calendar_date, cast(calendar_date as timestamp) as starts_at, cast(0 as bigint) as work_seconds, seconds_before
    from {{ ref('int_work_days') }}
    union all
    select calendar_date, starts_at, work_seconds, seconds_before from {{ ref('int_work_intervals') }}
),

bounded as (
    select
        *,
        coalesce(
            lead(starts_at) over (partition by calendar_date order by starts_at nulls last, work_seconds nulls last),
            {{ add_seconds('cast(calendar_date as timestamp)', '86400') }}
        ) as ends_at
    from pieces
)

select
    b.calendar_date, b.starts_at, b.ends_at, b.work_seconds, b.seconds_before,
    d.workday_number, d.unofficial_number,
    -- working days closed before a moment of the day: the day itself only once its last hour is over
    d.closes_at, d.is_workday
from bounded as b
inner join {{ ref('int_work_days') }} as d on b.calendar_date = d.calendar_date
where b.ends_at > b.starts_at
