-- The rows behind every count that is neither of cases nor of planned work.
select
    r.period, r.record_kind, r.record_key, r.unit_code, u.name_zh as unit_name, r.area_code, r.part, r.measure,
    coalesce(m.measure_zh, r.measure) as measure_zh, r.value, cast(r.occurred_on as timestamp) as occurred_on,
    r.succession, r.delivery_id, r.source_file, r.source_row
from {{ ref('int_records') }} as r
inner join {{ ref('dim_units') }} as u on r.unit_code = u.unit_code
left join {{ ref('dim_measures') }} as m on r.measure = m.measure
