select
    k.period, u.unit_kind, k.unit_code, u.name_zh as unit_name, k.channel, k.measure,
    coalesce(m.measure_zh, k.measure) as measure_zh, k.value
from {{ ref('kpi_counts') }} as k
inner join {{ ref('dim_units') }} as u on k.unit_code = u.unit_code
left join {{ ref('measures') }} as m on k.measure = m.measure
