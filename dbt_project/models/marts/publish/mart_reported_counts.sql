-- Figures that arrived already counted, beside what was counted here. Where both exist the counted one is published.
select
    r.period, r.unit_code, u.name_zh as unit_name, r.measure, coalesce(m.measure_zh, r.measure) as measure_zh,
    r.value as reported_value, case when not k.is_reported then k.value end as counted_value, k.value as published_value,
    not k.is_reported and k.value <> r.value as is_disagreement, r.record_key, r.delivery_id, r.source_file, r.source_row
from {{ ref('int_reported_counts') }} as r
inner join {{ ref('kpi_counts') }} as k
    on r.period = k.period and r.unit_code = k.unit_code and k.channel = 'all' and r.measure = k.measure
inner join {{ ref('dim_units') }} as u on r.unit_code = u.unit_code
left join {{ ref('dim_measures') }} as m on r.measure = m.measure
