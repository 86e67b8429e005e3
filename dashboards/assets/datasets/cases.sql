-- One row per month, unit and case that cost it points: late, open past its deadline, done again or answered "not satisfied".
-- A case counts for its responsible unit, for its area, and for all above them.
with recursive $units,
$above,
costly as (
    select * from mart_case_proofs
    where exclusion_reason is null
        and ((is_due_to_close and not is_closed_on_time) or (is_evaluated and not is_satisfied) or (is_due_to_close and rework_count > 0))
),
held as (
    select c.period, c.case_key, a.counted_code as unit_code from costly as c inner join above as a on c.unit_code = a.unit_code
    union
    select c.period, c.case_key, a.counted_code as unit_code from costly as c inner join above as a on c.area_code = a.unit_code
)
select
    m.month, c.period, u.kind, h.unit_code, u.unit_name, coalesce(a.district_code, u.district_code) as district_code,
    coalesce(a.unit_name, c.area_name) as area_name, c.case_id, c.channel, $name{category|c.category_code} as category,
    c.reported_at, c.due_at, c.handled_at, c.closed_at,
    case
        when c.is_overdue_open then $t{超期未结|open past deadline}
        when c.is_due_to_close and not c.is_closed_on_time then $t{超期结案|closed late}
        when c.is_evaluated and not c.is_satisfied then $t{不满意|not satisfied}
        else $t{返工|reworked}
    end as why
from costly as c
inner join months as m on c.period = m.period
inner join held as h on c.period = h.period and c.case_key = h.case_key
inner join units as u on h.unit_code = u.unit_code
left join units as a on c.area_code = a.unit_code
