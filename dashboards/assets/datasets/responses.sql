-- One row per month of closing and unit: hotline orders closed in that month, and how many of them were evaluated.
with $units,
closed as (
    select c.unit_code, m.period, c.case_key, max(cast(c.is_evaluated as int)) as evaluated, max(cast(c.is_satisfied as int)) as satisfied
    from mart_case_proofs as c
    inner join mart_periods as p on c.period = p.period and p.period_type = 'month'
    inner join months as m on c.closed_at >= m.month and c.closed_at < m.ends_on + interval 1 day
    where c.channel = 'hotline' and coalesce(c.exclusion_reason, '') in ('', 'no_deadline', 'suspended')
    group by c.unit_code, m.period, c.case_key
)
select
    m.month, c.period, c.unit_code, u.unit_name, u.kind, u.unit_kind, u.district_code, count(*) as closed_orders,
    sum(c.evaluated) as evaluated, sum(c.satisfied) as satisfied
from closed as c
inner join months as m on c.period = m.period
inner join units as u on c.unit_code = u.unit_code
group by all
