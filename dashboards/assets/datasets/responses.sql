-- One row per month of closing and unit: hotline orders closed in that month, and how many of them were evaluated.
-- An order counts for its responsible unit, for its area, and for all above them.
with recursive $units,
$above,
closed as (
    select c.unit_code, c.area_code, m.period, c.case_key, max(cast(c.is_evaluated as int)) as evaluated, max(cast(c.is_satisfied as int)) as satisfied
    from mart_case_proofs as c
    inner join mart_periods as p on c.period = p.period and p.period_type = 'month'
    inner join months as m on c.closed_at >= m.month and c.closed_at < m.ends_on + interval 1 day
    where c.channel = 'hotline' and coalesce(c.exclusion_reason, '') in ('', 'no_deadline', 'suspended')
    group by c.unit_code, c.area_code, m.period, c.case_key
),
held as (
    select c.period, c.case_key, c.evaluated, c.satisfied, a.counted_code as unit_code from closed as c inner join above as a on c.unit_code = a.unit_code
    union
    select c.period, c.case_key, c.evaluated, c.satisfied, a.counted_code as unit_code from closed as c inner join above as a on c.area_code = a.unit_code
)
select
    m.month, h.period, m.months_back, h.unit_code, u.unit_name, u.kind, u.unit_kind, u.district_code, count(*) as closed_orders,
    sum(h.evaluated) as evaluated, sum(h.satisfied) as satisfied, sum(h.evaluated) / nullif(cast(count(*) as double), 0) as response_rate,
    sum(h.evaluated) || ' / ' || count(*) as num_of_den
from held as h
inner join months as m on h.period = m.period
inner join units as u on h.unit_code = u.unit_code
group by all
