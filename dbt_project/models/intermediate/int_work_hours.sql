-- The working clock by its own hours: which interval holds the nth working hour. Turns the search for the moment at which the clock
-- shows a number into an equi-join on that hour.
with hours as (
    select cast(r.n as bigint) as n from range(25) as r (n)
),

marks as (
    select
        h.n + {{ idiv('i.seconds_before', '3600') }} as work_hour,
        i.starts_at, i.seconds_before, i.work_seconds
    from {{ ref('int_work_intervals') }} as i
    inner join hours as h on h.n <= {{ idiv('i.work_seconds', '3600') }} + 1
)

select work_hour, starts_at, seconds_before, work_seconds
from marks
where work_hour * 3600 < seconds_before + work_seconds and (work_hour + 1) * 3600 > seconds_before
