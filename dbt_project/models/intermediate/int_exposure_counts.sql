-- What each exposure adds to the counts, by the day it was published. Points that were not stated count as none stated.
with measured as (
    select
        record_key, unit_code, 'exposures' as measure, cast(1 as decimal(18, 4)) as value, published_on,
        succession, delivery_id, source_file, source_row
    from {{ ref('stg_exposures') }}
    union all
    select
        record_key, unit_code, 'exposure_points' as measure, cast(points as decimal(18, 4)) as value, published_on,
        succession, delivery_id, source_file, source_row
    from {{ ref('stg_exposures') }}
    where points is not null
)

select
    d.period, 'exposure' as record_kind, m.record_key, m.unit_code, cast(null as string) as area_code,
    cast(null as string) as part, m.measure, m.value, m.published_on as occurred_on, m.succession, m.delivery_id, m.source_file, m.source_row
from measured as m
inner join {{ ref('stg_period_days') }} as d on m.published_on = d.day_on
inner join {{ ref('stg_periods') }} as p on d.period = p.period
where cast(m.published_on as timestamp) <= p.as_of
