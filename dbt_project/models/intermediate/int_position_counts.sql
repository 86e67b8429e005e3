-- Tracked minutes: a vehicle counts once in each minute in which it was heard of, however often that was.
with heard as (
    select
        *,
        row_number() over (
            partition by source_system, vehicle_key, cast(recorded_at as date), extract(hour from recorded_at), extract(minute from recorded_at)
            order by recorded_at nulls last, record_key nulls last
        ) as place
    from {{ ref('stg_positions') }}
)

select
    d.period, 'position' as record_kind, h.record_key, coalesce(h.unit_code, 'unallocated') as unit_code, cast(null as string) as area_code,
    cast(null as string) as part, 'tracked_minutes' as measure, cast(1 as decimal(18, 4)) as value,
    cast(h.recorded_at as date) as occurred_on, h.succession, h.delivery_id, h.source_file, h.source_row
from heard as h
inner join {{ ref('stg_period_days') }} as d on cast(h.recorded_at as date) = d.day_on
inner join {{ ref('stg_periods') }} as p on d.period = p.period
where h.place = 1 and h.recorded_at <= p.as_of
