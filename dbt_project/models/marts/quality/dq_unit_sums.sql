-- Do the units below add up to the unit above? What was counted here: the city against the areas directly below it, each case (its
-- stages and answers too) and each record by its area. Figures that arrived already counted: a unit against its children, where every
-- child that was there in the period has one.
with roots as (
    select unit_code from {{ ref('dim_units') }} where unit_kind = 'city' and parent_code is null
),

-- work is measured in unlike units: it has no figure of all its parts together
placed as (
    select period, channel, measure, area_unit_code, value from {{ ref('int_counts') }}
    where role = 'area'
    union all
    select
        i.period, 'all' as channel, i.measure,
        coalesce(
            i.area_code,
            case when u.unit_kind in ('department', 'squad', 'contractor', 'post') then 'unallocated' else i.unit_code end
        ) as area_unit_code,
        i.value
    from {{ ref('int_records') }} as i
    left join {{ ref('dim_units') }} as u on i.unit_code = u.unit_code
    where i.record_kind <> 'operation'
),

by_channel as (
    select c.period, r.unit_code, c.channel, c.measure, cast(sum(c.value) as decimal(18, 4)) as children_value,
        count(distinct d.unit_code) as child_count
    from placed as c
    inner join {{ ref('stg_unit_ancestors') }} as a on c.area_unit_code = a.unit_code
    inner join {{ ref('dim_units') }} as d on a.ancestor_code = d.unit_code
    inner join roots as r
        on d.parent_code = r.unit_code or (d.unit_code = r.unit_code and c.area_unit_code = r.unit_code)
    group by c.period, r.unit_code, c.channel, c.measure
),

-- a city with one root: of several none is the city; and only figures as they were counted, not those of all channels together
counted as (
    select
        k.period, k.unit_code, k.channel, k.measure, false as is_reported, k.value,
        coalesce(b.children_value, 0) as children_value,
        coalesce(b.child_count, 0) as child_count, coalesce(b.child_count, 0) as known_child_count
    from {{ ref('kpi_counts') }} as k
    inner join roots as r on k.unit_code = r.unit_code
    inner join (select distinct measure, channel = 'all' as is_of_all from placed) as m
        on k.measure = m.measure and (k.channel = 'all') = m.is_of_all
    left join by_channel as b
        on k.period = b.period and k.unit_code = b.unit_code and k.channel = b.channel and k.measure = b.measure
    where not k.is_reported and (select count(*) from roots) = 1
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
