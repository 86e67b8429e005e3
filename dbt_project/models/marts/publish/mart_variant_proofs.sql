-- The rows behind the variants of indicators.yaml: what each case adds to numerator and denominator in each period it counts in.
select
    p.period, c.indicator, c.case_key, c.case_id, c.channel, c.responsible_code as unit_code, c.area_unit_code as area_code,
    c.due_at, c.handled_at, c.closed_at, c.answer, cast({{ variant_numerator() }} as bigint) as numerator,
    c.delivery_id, c.source_file, c.source_row
from {{ ref('int_variant_cases') }} as c
inner join {{ ref('stg_period_days') }} as d on c.counted_on = d.day_on
inner join {{ ref('stg_periods') }} as p on d.period = p.period
left join {{ ref('int_case_suspended') }} as s on c.case_key = s.case_key and p.period = s.period
where {{ in_variant_denominator() }}
