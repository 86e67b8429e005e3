-- One row per month and unit that was inspected: findings, points deducted and what was mended within its time.
with $units,
inspected as (
    select
        period, unit_code, sum(value) filter (where measure = 'findings') as findings,
        sum(value) filter (where measure = 'points_deducted') as points_deducted,
        coalesce(sum(value) filter (where measure = 'rectification_due'), 0) as rectification_due,
        coalesce(sum(value) filter (where measure = 'rectified_on_time'), 0) as rectified_on_time
    from mart_counts
    where measure in ('findings', 'points_deducted', 'rectification_due', 'rectified_on_time')
    group by period, unit_code
)
select
    m.month, i.period, i.unit_code, u.unit_name, u.kind, u.unit_kind, u.district_code,
    cast(i.findings as double) as findings, cast(i.points_deducted as double) as points_deducted,
    $num{i.rectified_on_time} || ' / ' || $num{i.rectification_due} as num_of_den,
    cast(i.rectified_on_time as double) / nullif(cast(i.rectification_due as double), 0) as rectified_rate
from inspected as i
inner join months as m on i.period = m.period
inner join units as u on i.unit_code = u.unit_code
where i.findings > 0
