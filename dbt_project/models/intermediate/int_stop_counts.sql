-- Planned stops: the plan of a weekday, once for each such day of the period up to the as-of moment; and what became of them.
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
),

planned as (
    select
        d.period, s.record_key, s.unit_code, cast(d.day_count as decimal(18, 4)) as value,
        d.first_on as occurred_on, s.delivery_id, s.source_file, s.source_row
    from {{ ref('stg_planned_stops') }} as s
    inner join days as d on s.weekday = d.weekday
),

-- of a stop whose time was not over by the as-of moment nothing is known yet
visits as (
    select
        p.period, v.record_key || ' ' || cast(v.day_on as string) as record_key, v.unit_code, v.day_on,
        case when v.ends_at > p.as_of then 'unrecorded' else v.outcome end as outcome,
        case when v.ends_at > p.as_of then 'not_over' else v.reason end as reason,
        v.delivery_id, v.source_file, v.source_row
    from {{ ref('int_stop_visits') }} as v
    inner join {{ ref('stg_period_days') }} as d on v.day_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    where cast(v.day_on as timestamp) <= p.as_of
),

counted as (
    select
        period, record_key, unit_code, cast(null as string) as part, 'planned_stops' as measure, value,
        occurred_on, delivery_id, source_file, source_row
    from planned
    union all
    -- a city that does not say when a stop counts as served
    select
        p.period, p.record_key, p.unit_code, 'no_rule' as part, 'stops_unrecorded' as measure, p.value,
        p.occurred_on, p.delivery_id, p.source_file, p.source_row
    from planned as p
    left join {{ ref('stg_stop_rule') }} as r on true
    where r.within_metres is null
    union all
    select
        period, record_key, unit_code, reason as part, 'stops_' || outcome as measure, cast(1 as decimal(18, 4)) as value,
        day_on as occurred_on, delivery_id, source_file, source_row
    from visits
    union all
    select
        period, record_key, unit_code, cast(null as string) as part, 'stops_recorded' as measure, cast(1 as decimal(18, 4)) as value,
        day_on as occurred_on, delivery_id, source_file, source_row
    from visits
    where outcome <> 'unrecorded'
)

select
    period, 'planned_stop' as record_kind, record_key, coalesce(unit_code, 'unallocated') as unit_code, cast(null as string) as area_code,
    part, measure, value, occurred_on, cast(null as string) as succession, delivery_id, source_file, source_row
from counted
