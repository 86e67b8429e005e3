select
    d.period, o.operation_key, o.unit_code, u.name_zh as unit_name, coalesce(o.area_code, 'unallocated') as area_code, cast(o.operated_on as timestamp) as operated_on,
    o.measure, o.planned, o.actual, o.unit_of_measure, o.succession, o.delivery_id, o.source_file, o.source_row
from {{ ref('stg_operations') }} as o
inner join {{ ref('stg_period_days') }} as d on o.operated_on = d.day_on
inner join {{ ref('stg_periods') }} as p on d.period = p.period
inner join {{ ref('dim_units') }} as u on o.unit_code = u.unit_code
where cast(o.operated_on as timestamp) <= p.as_of and o.planned is not null and o.actual is not null
