-- Numerator and denominator of each variant as measures of their own, before they climb the tree of units.
with counted as (
    select
        p.period, c.responsible_code, c.area_unit_code, c.channel, c.indicator,
        cast(sum({{ variant_numerator() }}) as bigint) as numerator,
        count(*) filter (where {{ in_variant_denominator() }}) as denominator
    from {{ ref('int_variant_cases') }} as c
    inner join {{ ref('stg_period_days') }} as d on c.counted_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    left join {{ ref('int_case_suspended') }} as s on c.case_key = s.case_key and p.period = s.period
    group by p.period, c.responsible_code, c.area_unit_code, c.channel, c.indicator
),

-- the roles come in once counted: the count is the same for the unit and for the area
by_role as (
    select roles.role, c.*
    from counted as c
    cross join (values ('responsible'), ('area')) as roles (role)
)

select period, role, responsible_code, area_unit_code, channel, indicator || '_numerator' as measure, numerator as value
from by_role
where numerator > 0
union all
select period, role, responsible_code, area_unit_code, channel, indicator || '_denominator' as measure, cast(denominator as bigint) as value
from by_role
where denominator > 0
