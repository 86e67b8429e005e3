-- Work that is never planned (tonnage collected, say): its quantity by operation measure. A measure that is planned anywhere is
-- counted by int_operation_counts; one in unlike units of measure is not added up.
with unplanned as (
    select measure from {{ ref('stg_operations') }}
    group by measure
    having count(planned) = 0 and count(distinct unit_of_measure) = 1
)

select
    d.period, 'operation' as record_kind, o.operation_key as record_key, o.unit_code, o.area_code,
    o.measure as part, 'output' as measure, cast(o.actual as decimal(18, 4)) as value,
    o.operated_on as occurred_on, o.succession, o.delivery_id, o.source_file, o.source_row
from {{ ref('stg_operations') }} as o
inner join unplanned as u on o.measure = u.measure
inner join {{ ref('stg_period_days') }} as d on o.operated_on = d.day_on
inner join {{ ref('stg_periods') }} as p on d.period = p.period
where o.actual is not null and cast(o.operated_on as timestamp) <= p.as_of
