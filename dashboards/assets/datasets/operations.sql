-- One row per month, contractor, operation measure and district: planned against actual, in that measure's own unit.
with $units
select
    m.month, o.period, m.months_back, o.unit_code, u.unit_name, u.kind, a.district_code, n.unit_name as district, o.measure,
    case o.measure when 'sweeping' then $t{清扫|Sweeping} when 'collection' then $t{收运|Collection} when 'attendance' then $t{出勤|Attendance} else o.measure end
        as measure_name,
    min(o.unit_of_measure) as unit_of_measure, cast(sum(o.planned) as double) as planned, cast(sum(o.actual) as double) as actual,
    cast(sum(o.actual) as double) / nullif(cast(sum(o.planned) as double), 0) as completion
from mart_operation_proofs as o
inner join months as m on o.period = m.period
inner join units as u on o.unit_code = u.unit_code
left join units as a on o.area_code = a.unit_code
left join units as n on a.district_code = n.unit_code
-- contractors, where the city has any: what districts report of themselves stands with the targets
where u.unit_kind = 'contractor' or not exists (select 1 from units as c where c.unit_kind = 'contractor')
group by m.month, o.period, m.months_back, o.unit_code, u.unit_name, u.kind, a.district_code, n.unit_name, o.measure
