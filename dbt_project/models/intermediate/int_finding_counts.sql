-- What each finding adds to the counts. Points count by the time of the inspection; a share borne by a second unit is taken
-- off the first. A rectification counts in the period of its due time, once that has passed by the as-of moment.
with appealed as (
    select distinct target_key from {{ ref('int_adjustments') }} where status = 'applied' and kind = 'exclude_finding'
),

delivered as (
    select f.*, a.target_key is not null as is_appealed
    from {{ ref('stg_findings') }} as f
    left join appealed as a on f.record_key = a.target_key
),

found as (
    select
        *,
        case
            when split_unit_code is null or split_share is null or split_unit_code = unit_code then cast(0 as decimal(18, 4))
            else cast(round(cast(points_deducted as decimal(14, 4)) * cast(split_share as decimal(8, 4)), 4) as decimal(18, 4))
        end as split_points
    from delivered
    where not is_appealed
),

measured as (
    select
        record_key, unit_code, area_code, item_code, 'findings' as measure, cast(1 as decimal(18, 4)) as value,
        inspected_at as counted_at, succession, delivery_id, source_file, source_row
    from found
    union all
    select
        record_key, unit_code, area_code, item_code, 'points_deducted' as measure,
        cast(points_deducted - split_points as decimal(18, 4)) as value,
        inspected_at as counted_at, succession, delivery_id, source_file, source_row
    from found
    union all
    select
        record_key, split_unit_code as unit_code, area_code, item_code, 'points_deducted' as measure, split_points as value,
        inspected_at as counted_at, succession, delivery_id, source_file, source_row
    from found
    where split_unit_code is not null and split_share is not null and split_unit_code <> unit_code
    union all
    select
        record_key, unit_code, area_code, item_code, 'rectification_due' as measure, cast(1 as decimal(18, 4)) as value,
        rectify_due_at as counted_at, succession, delivery_id, source_file, source_row
    from found
    where rectify_due_at is not null
    union all
    select
        record_key, unit_code, area_code, item_code, 'rectified_on_time' as measure, cast(1 as decimal(18, 4)) as value,
        rectify_due_at as counted_at, succession, delivery_id, source_file, source_row
    from found
    where rectify_due_at is not null and rectified_at <= rectify_due_at
    union all
    -- left out after an appeal: in no other count, and still listed
    select
        record_key, unit_code, area_code, item_code, 'findings_appealed' as measure, cast(1 as decimal(18, 4)) as value,
        inspected_at as counted_at, succession, delivery_id, source_file, source_row
    from delivered
    where is_appealed
)

select
    d.period, 'finding' as record_kind, m.record_key, m.unit_code, m.area_code, cast(null as string) as part, m.measure, m.value,
    cast(m.counted_at as date) as occurred_on, m.succession, m.delivery_id, m.source_file, m.source_row
from measured as m
inner join {{ ref('stg_period_days') }} as d on cast(m.counted_at as date) = d.day_on
inner join {{ ref('stg_periods') }} as p on d.period = p.period
where m.counted_at <= p.as_of
