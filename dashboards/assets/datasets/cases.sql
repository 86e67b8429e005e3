-- One row per month and case that cost its unit points: late, open past its deadline, done again or answered "not satisfied".
with $units
select
    m.month, c.period, u.kind, c.unit_code, u.unit_name, coalesce(a.district_code, u.district_code) as district_code,
    coalesce(a.unit_name, c.area_name) as area_name, c.case_id, c.channel, c.category_code,
    c.reported_at, c.due_at, c.handled_at, c.closed_at,
    case
        when c.is_overdue_open then $t{超期未结|open past deadline}
        when c.is_due_to_close and not c.is_closed_on_time then $t{超期结案|closed late}
        when c.is_evaluated and not c.is_satisfied then $t{不满意|not satisfied}
        else $t{返工|reworked}
    end as why
from mart_case_proofs as c
inner join months as m on c.period = m.period
inner join units as u on c.unit_code = u.unit_code
left join units as a on c.area_code = a.unit_code
where c.exclusion_reason is null
    and ((c.is_due_to_close and not c.is_closed_on_time) or (c.is_evaluated and not c.is_satisfied) or (c.is_due_to_close and c.rework_count > 0))
