-- Counts of records by unit, area and every ancestor of either, once; of all parts together and of each part (item, question).
-- Without an area a record of a department, squad, contractor or post is unallocated, so that the districts and it make up the city.
with charged as (
    select r.period, r.responsible_code, r.area_unit_code, r.record_kind, r.part, r.measure, sum(r.value) as value
    from (
        select
            i.*, i.unit_code as responsible_code,
            coalesce(
                i.area_code,
                case when u.unit_kind in ('department', 'squad', 'contractor', 'post') then 'unallocated' else i.unit_code end
            ) as area_unit_code
        from {{ ref('int_records') }} as i
        left join {{ ref('dim_units') }} as u on i.unit_code = u.unit_code
    ) as r
    group by r.period, r.responsible_code, r.area_unit_code, r.record_kind, r.part, r.measure
),

pairs as (
    select distinct responsible_code, area_unit_code from charged
),

counted as (
    select p.responsible_code, p.area_unit_code, a.ancestor_code as unit_code
    from pairs as p
    inner join {{ ref('stg_unit_ancestors') }} as a on p.responsible_code = a.unit_code
    union
    select p.responsible_code, p.area_unit_code, a.ancestor_code as unit_code
    from pairs as p
    inner join {{ ref('stg_unit_ancestors') }} as a on p.area_unit_code = a.unit_code
),

rolled as (
    select c.period, n.unit_code, c.record_kind, c.part, c.measure, cast(sum(c.value) as decimal(18, 4)) as value
    from charged as c
    inner join counted as n on c.responsible_code = n.responsible_code and c.area_unit_code = n.area_unit_code
    group by c.period, n.unit_code, c.record_kind, c.part, c.measure
)

-- unlike work is never added up, so output has no figure of all parts together
select
    period, unit_code, record_kind, cast(null as string) as part, measure, measure as counted_measure,
    cast(sum(value) as decimal(18, 4)) as value
from rolled
where record_kind <> 'operation'
group by period, unit_code, record_kind, measure
union all
select period, unit_code, record_kind, part, measure, measure || '_' || part as counted_measure, value
from rolled
where part is not null
