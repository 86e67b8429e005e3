-- Every count, for every unit that a case, an operation or another record counts for. A figure that arrived already counted
-- stands only where nothing was counted for its unit, period and measure: the two are never added.
with listed as (
    select role, responsible_code, area_unit_code, {{ sorted_csv('counted_unit_code') }} as counted_units
    from {{ ref('int_unit_rollup') }}
    group by role, responsible_code, area_unit_code
),

-- of the many pairs of unit and area few count for different units: the pairs of one list are added up before they climb
paths as (
    select role, responsible_code, area_unit_code, dense_rank() over (order by counted_units nulls last) as path
    from listed
),

by_path as (
    select c.period, p.path, c.channel, c.measure, cast(sum(c.value) as bigint) as value
    from {{ ref('int_counts') }} as c
    inner join paths as p
        on
            c.role = p.role
            and c.responsible_code = p.responsible_code
            and c.area_unit_code = p.area_unit_code
    group by c.period, p.path, c.channel, c.measure
),

counted_for as (
    select distinct p.path, r.counted_unit_code
    from paths as p
    inner join {{ ref('int_unit_rollup') }} as r
        on
            p.role = r.role
            and p.responsible_code = r.responsible_code
            and p.area_unit_code = r.area_unit_code
),

by_channel as (
    select c.period, f.counted_unit_code as unit_code, c.channel, c.measure, cast(sum(c.value) as bigint) as value
    from by_path as c
    inner join counted_for as f on c.path = f.path
    group by c.period, f.counted_unit_code, c.channel, c.measure
),

operations as (
    select
        period, unit_code, measure,
        cast(sum(planned) as decimal(18, 4)) as planned,
        cast(sum(actual) as decimal(18, 4)) as actual
    from {{ ref('int_operation_counts') }}
    group by period, unit_code, measure
    having count(distinct unit_of_measure) = 1
),

-- all measures of a unit together only where they share one unit of measure
operations_together as (
    select
        period, unit_code,
        cast(sum(planned) as decimal(18, 4)) as planned,
        cast(sum(actual) as decimal(18, 4)) as actual
    from {{ ref('int_operation_counts') }}
    group by period, unit_code
    having count(distinct unit_of_measure) = 1
),

counted as (
    select period, unit_code, channel, measure, cast(value as decimal(18, 4)) as value from by_channel
    union all
    select period, unit_code, 'all' as channel, measure, cast(sum(value) as decimal(18, 4)) as value
    from by_channel
    group by period, unit_code, measure
    union all
    select period, unit_code, 'all' as channel, 'planned_' || measure as measure, planned as value from operations
    union all
    select period, unit_code, 'all' as channel, 'actual_' || measure as measure, actual as value from operations
    union all
    select period, unit_code, 'all' as channel, 'planned' as measure, planned as value from operations_together
    union all
    select period, unit_code, 'all' as channel, 'actual' as measure, actual as value from operations_together
    union all
    select period, unit_code, 'all' as channel, counted_measure as measure, value from {{ ref('int_record_counts') }}
)

select period, unit_code, channel, measure, value, false as is_reported from counted
union all
select r.period, r.unit_code, 'all' as channel, r.measure, r.value, true as is_reported
from {{ ref('int_reported_counts') }} as r
left join counted as c
    on r.period = c.period and r.unit_code = c.unit_code and c.channel = 'all' and r.measure = c.measure
where c.measure is null
