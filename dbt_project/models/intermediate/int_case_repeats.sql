-- How often a case came back a second, third … time, where a scheme makes that dearer: rework beyond the first times.
with tiers as (
    select distinct from_nth from {{ ref('stg_scheme_event_tiers') }} where from_nth > 1
),

repeated as (
    select
        p.period, c.role, c.responsible_code, c.area_unit_code, c.channel, t.from_nth,
        sum(c.rework_count - t.from_nth + 1) as events
    from {{ ref('int_case_charges') }} as c
    inner join tiers as t on c.rework_count >= t.from_nth
    inner join {{ ref('stg_period_days') }} as d on c.settled_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    left join {{ ref('int_case_suspended') }} as s on c.case_key = s.case_key and p.period = s.period
    where {{ is_due_to_close() }}
    group by p.period, c.role, c.responsible_code, c.area_unit_code, c.channel, t.from_nth
),

by_channel as (
    select a.period, r.counted_unit_code as unit_code, a.channel, a.from_nth, cast(sum(a.events) as bigint) as events
    from repeated as a
    inner join {{ ref('int_unit_rollup') }} as r
        on a.role = r.role and a.responsible_code = r.responsible_code and a.area_unit_code = r.area_unit_code
    group by a.period, r.counted_unit_code, a.channel, a.from_nth
)

select period, unit_code, channel, 'reworked' as measure, from_nth, events from by_channel
union all
select period, unit_code, 'all' as channel, 'reworked' as measure, from_nth, cast(sum(events) as bigint) as events
from by_channel
group by period, unit_code, from_nth
