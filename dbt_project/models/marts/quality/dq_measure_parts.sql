-- Do the parts of a count add up to it? Of what was counted here a part without a row is 0; of what arrived already counted a part
-- that did not arrive is unknown, and nothing is compared.
with parts as (
    select measure, part from {{ ref('measure_parts') }}
    union all
    select measure, part from {{ ref('stg_city_measure_parts') }}
),

summed as (
    select
        w.period, w.unit_code, w.channel, w.measure, w.is_reported, w.value,
        count(*) as part_count, count(k.value) as known_part_count,
        cast(sum(coalesce(k.value, 0)) as decimal(18, 4)) as parts_value
    from {{ ref('kpi_counts') }} as w
    inner join parts as p on w.measure = p.measure
    left join {{ ref('kpi_counts') }} as k
        on
            w.period = k.period and w.unit_code = k.unit_code and w.channel = k.channel and p.part = k.measure
            and w.is_reported = k.is_reported
    group by w.period, w.unit_code, w.channel, w.measure, w.is_reported, w.value
)

select
    period, unit_code, channel, measure, is_reported, value, parts_value,
    cast(part_count as bigint) as part_count, cast(known_part_count as bigint) as known_part_count,
    not is_reported or known_part_count = part_count as is_compared,
    (not is_reported or known_part_count = part_count) and value <> parts_value as is_mismatch
from summed
