-- Do the units below add up to the unit above? Counted cases: the city against the areas directly below it, each case by its area.
-- Figures that arrived already counted: a unit against its children, where every child that was there in the period has one.
with roots as (
    select unit_code from {{ ref('dim_units') }} where unit_kind = 'city' and parent_code is null
),

by_channel as (
    select c.period, r.unit_code, c.channel, c.measure, cast(sum(c.value) as decimal(18, 4)) as children_value,
        count(distinct d.unit_code) as child_count
    from {{ ref('int_case_counts') }} as c
    inner join {{ ref('stg_unit_ancestors') }} as a on c.area_unit_code = a.unit_code
    inner join {{ ref('dim_units') }} as d on a.ancestor_code = d.unit_code
    inner join roots as r
        on d.parent_code = r.unit_code or (d.unit_code = r.unit_code and c.area_unit_code = r.unit_code)
    where c.role = 'area'
    group by c.period, r.unit_code, c.channel, c.measure
),

-- a city with one root: of several none is the city
counted as (
    select
        k.period, k.unit_code, k.channel, k.measure, false as is_reported, k.value,
        coalesce(b.children_value, 0) as children_value,
        coalesce(b.child_count, 0) as child_count, coalesce(b.child_count, 0) as known_child_count
    from {{ ref('kpi_counts') }} as k
    inner join roots as r on k.unit_code = r.unit_code
    inner join (select distinct measure from {{ ref('int_case_counts') }}) as m on k.measure = m.measure
    left join by_channel as b
        on k.period = b.period and k.unit_code = b.unit_code and k.channel = b.channel and k.measure = b.measure
    where k.channel <> 'all' and not k.is_reported and (select count(*) from roots) = 1
),

children as (
    select u.parent_code, u.unit_code, p.period
    from {{ ref('dim_units') }} as u
    inner join {{ ref('stg_periods') }} as p
        on (u.valid_from is null or u.valid_from <= p.ends_on) and (u.valid_to is null or u.valid_to >= p.starts_on)
    where u.parent_code is not null and u.unit_kind <> 'unallocated'
),

reported as (
    select
        w.period, w.unit_code, w.channel, w.measure, true as is_reported, w.value,
        cast(sum(coalesce(k.value, 0)) as decimal(18, 4)) as children_value,
        count(*) as child_count, count(k.value) as known_child_count
    from {{ ref('kpi_counts') }} as w
    inner join children as c on w.unit_code = c.parent_code and w.period = c.period
    left join {{ ref('kpi_counts') }} as k
        on c.period = k.period and c.unit_code = k.unit_code and w.channel = k.channel and w.measure = k.measure
    where w.is_reported
    group by w.period, w.unit_code, w.channel, w.measure, w.value
),

together as (
    select * from counted
    union all
    select * from reported
)

select
    period, unit_code, channel, measure, is_reported, value, children_value,
    cast(child_count as bigint) as child_count, cast(known_child_count as bigint) as known_child_count,
    known_child_count = child_count as is_compared,
    known_child_count = child_count and value <> children_value as is_mismatch
from together
