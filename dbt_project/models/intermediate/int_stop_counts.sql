-- Planned stops: the plan of a weekday, once for each such day of the period up to the as-of moment.
-- Weekdays are counted from 1970-01-05, a Monday.
with days as (
    select
        d.period,
        cast(({{ seconds_between("cast('1970-01-05' as timestamp)", "cast(d.day_on as timestamp)") }} / 86400) % 7 as int) + 1 as weekday,
        min(d.day_on) as first_on, count(*) as day_count
    from {{ ref('stg_period_days') }} as d
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    where cast(d.day_on as timestamp) <= p.as_of
    group by 1, 2
)

select
    d.period, 'planned_stop' as record_kind, s.record_key, coalesce(s.unit_code, 'unallocated') as unit_code, cast(null as string) as area_code,
    cast(null as string) as part, 'planned_stops' as measure, cast(d.day_count as decimal(18, 4)) as value,
    d.first_on as occurred_on, s.delivery_id, s.source_file, s.source_row
from {{ ref('stg_planned_stops') }} as s
inner join days as d on s.weekday = d.weekday
