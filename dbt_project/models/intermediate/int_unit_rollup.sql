-- Where a charge counts: its unit, its area, and each ancestor of either, once. What is counted for its holder alone stays there.
with pairs as (
    select distinct responsible_code, area_unit_code from {{ ref('int_counts') }}
),

by_unit as (
    select p.responsible_code, p.area_unit_code, a.ancestor_code as counted_unit_code
    from pairs as p
    inner join {{ ref('stg_unit_ancestors') }} as a on p.responsible_code = a.unit_code
),

by_area as (
    select p.responsible_code, p.area_unit_code, a.ancestor_code as counted_unit_code
    from pairs as p
    inner join {{ ref('stg_unit_ancestors') }} as a on p.area_unit_code = a.unit_code
)

select 'responsible' as role, responsible_code, area_unit_code, counted_unit_code from by_unit
union all
select 'holder' as role, responsible_code, area_unit_code, counted_unit_code from by_unit
where responsible_code = counted_unit_code
union all
select 'area' as role, a.responsible_code, a.area_unit_code, a.counted_unit_code
from by_area as a
left join by_unit as u
    on
        a.responsible_code = u.responsible_code
        and a.area_unit_code = u.area_unit_code
        and a.counted_unit_code = u.counted_unit_code
where u.counted_unit_code is null
