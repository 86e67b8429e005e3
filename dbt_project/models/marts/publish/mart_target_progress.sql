-- How far a target is met as of the period's moment, and what is left: for a measure in its own unit, for a rate in points of
-- percentage and in whole things (cases, shops …) of its denominator. A target of all holds for each unit that has a figure; one of a
-- unit of which nothing was counted stands there without a figure, not met.
with told as (
    select
        t.period, t.unit_code, t.indicator, cast(t.target as decimal(18, 4)) as target, t.direction, t.source as target_source,
        row_number() over (
            partition by t.period, t.unit_code, t.indicator
            order by t.delivery_id desc nulls last, t.source_system asc nulls last
        ) as place
    from {{ ref('stg_targets') }} as t
    inner join {{ ref('stg_periods') }} as p on t.period = p.period
),

figures as (
    select period, unit_code, indicator, numerator, denominator, cast(rate as decimal(18, 6)) as value, true as is_rate
    from {{ ref('kpi_indicators') }}
    where channel = 'all' and rate is not null
    union all
    select period, unit_code, measure as indicator, value as numerator, cast(null as decimal(18, 4)) as denominator,
        cast(value as decimal(18, 6)) as value, false as is_rate
    from {{ ref('kpi_counts') }}
    where channel = 'all'
),

aimed as (
    select f.*, t.target, t.direction, t.target_source, t.unit_code = 'all' as is_for_all
    from figures as f
    inner join told as t on f.period = t.period and f.indicator = t.indicator and (t.unit_code = 'all' or f.unit_code = t.unit_code)
    where t.place = 1
    union all
    select
        t.period, t.unit_code, t.indicator, cast(null as decimal(18, 4)) as numerator, cast(null as decimal(18, 4)) as denominator,
        cast(null as decimal(18, 6)) as value, false as is_rate, t.target, t.direction, t.target_source, false as is_for_all
    from told as t
    left join figures as f on t.period = f.period and t.unit_code = f.unit_code and t.indicator = f.indicator
    where t.place = 1 and f.unit_code is null
),

chosen as (
    select
        *,
        row_number() over (partition by period, unit_code, indicator order by is_for_all) as choice,
        -- on the counts themselves: 0.8499999 does not meet 0.85
        coalesce(case direction
            when 'up' then numerator >= target * coalesce(denominator, 1)
            else numerator <= target * coalesce(denominator, 1)
        end, false) as is_met
    from aimed
)

select
    c.period, u.unit_kind, c.unit_code, u.name_zh as unit_name, c.indicator,
    coalesce(
        i.indicator_zh, m.measure_zh,
        case when substr(c.indicator, 1, 7) = 'output_' then '完成量（' || substr(c.indicator, 8) || '）' end, c.indicator
    ) as indicator_zh,
    c.is_rate, c.numerator, c.denominator, c.value, c.target,
    c.direction, c.is_met,
    -- of a target that is not to be exceeded nothing is "done"
    case when c.direction = 'up' then {{ share_of_target('c.numerator', 'coalesce(c.denominator, 1)', 'c.target') }} end as share_done,
    case when c.is_met then cast(0 as decimal(18, 6)) else cast(abs(c.target - c.value) as decimal(18, 6)) end as left_to_target,
    case
        when not c.is_rate then null
        when c.is_met then cast(0 as bigint)
        when c.direction = 'up' then cast(ceil(c.target * c.denominator - c.numerator) as bigint)
        else cast(ceil(c.numerator - c.target * c.denominator) as bigint)
    end as left_count,
    c.target_source
from chosen as c
inner join {{ ref('dim_units') }} as u on c.unit_code = u.unit_code
left join {{ ref('dim_indicators') }} as i on c.indicator = i.indicator
left join {{ ref('measures') }} as m on c.indicator = m.measure
where c.choice = 1
