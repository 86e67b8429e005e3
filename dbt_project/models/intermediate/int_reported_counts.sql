-- Figures that arrived already counted, in the period and for the unit that they name: they are not added up over units or
-- periods. Of several source systems that report one figure the one of the last delivery stands.
with ranked as (
    select
        r.*,
        row_number() over (
            partition by r.period, r.unit_code, r.measure
            order by r.delivery_id desc nulls last, r.source_system asc nulls last
        ) as place
    from {{ ref('stg_reported_counts') }} as r
    inner join {{ ref('stg_periods') }} as p on r.period = p.period
    where cast(p.starts_on as timestamp) <= p.as_of
)

select period, unit_code, measure, cast(value as decimal(18, 4)) as value, record_key, delivery_id, source_file, source_row
from ranked
where place = 1
