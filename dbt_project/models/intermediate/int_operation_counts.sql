-- Planned and actual work by operation measure; unlike units of measure are never added.
-- A record that lacks either figure says nothing about completion and is left out of both sums.
with charged as (
    select
        o.unit_code as responsible_code, coalesce(o.area_code, 'unallocated') as area_unit_code,
        o.measure, o.unit_of_measure, o.operated_on, o.planned, o.actual
    from {{ ref('stg_operations') }} as o
    where o.planned is not null and o.actual is not null
),

pairs as (
    select distinct responsible_code, area_unit_code from charged
),

counted as (
    select p.responsible_code, p.area_unit_code, a.ancestor_code as unit_code
    from pairs as p
    inner join {{ ref('stg_unit_ancestors') }} as a on a.unit_code in (p.responsible_code, p.area_unit_code)
    group by p.responsible_code, p.area_unit_code, a.ancestor_code
)

select
    d.period, n.unit_code, c.measure, c.unit_of_measure,
    cast(sum(c.planned) as decimal(18, 4)) as planned,
    cast(sum(c.actual) as decimal(18, 4)) as actual,
    cast(count(*) as bigint) as record_count
from charged as c
inner join {{ ref('stg_period_days') }} as d on c.operated_on = d.day_on
inner join {{ ref('stg_periods') }} as p on d.period = p.period
inner join counted as n on c.responsible_code = n.responsible_code and c.area_unit_code = n.area_unit_code
where cast(c.operated_on as timestamp) <= p.as_of
group by d.period, n.unit_code, c.measure, c.unit_of_measure
