-- Every rate with its numerator and denominator; a zero denominator is blank with a reason, never 0 % or 100 %.
with grid as (
    select p.period, u.unit_code, c.channel, i.indicator, i.numerator_measure, i.denominator_measure, i.subject
    from {{ ref('stg_periods') }} as p
    cross join {{ ref('dim_units') }} as u
    cross join {{ ref('dim_indicators') }} as i
    cross join (values ('hotline'), ('grid'), ('all')) as c (channel)
    where i.subject = 'case' or c.channel = 'all'
),

mixed as (
    select period, unit_code from {{ ref('int_operation_counts') }}
    group by period, unit_code
    having count(distinct unit_of_measure) > 1
),

joined as (
    select
        g.period, g.unit_code, g.channel, g.indicator,
        coalesce(n.value, 0) as numerator,
        coalesce(d.value, 0) as denominator,
        g.indicator = 'rework_rate' and coalesce(d.value, 0) > 0 and k.value is null as is_unrecorded,
        g.subject = 'operation' and g.indicator = 'plan_completion_rate' and m.unit_code is not null as is_mixed
    from grid as g
    left join {{ ref('kpi_counts') }} as n
        on g.period = n.period and g.unit_code = n.unit_code and g.channel = n.channel and g.numerator_measure = n.measure
    left join {{ ref('kpi_counts') }} as d
        on g.period = d.period and g.unit_code = d.unit_code and g.channel = d.channel and g.denominator_measure = d.measure
    -- a feed that never records rework says nothing about it: no row of this measure, no rate
    left join {{ ref('kpi_counts') }} as k
        on
            g.indicator = 'rework_rate'
            and g.period = k.period and g.unit_code = k.unit_code and g.channel = k.channel
            and k.measure = 'rework_recorded'
    left join mixed as m on g.period = m.period and g.unit_code = m.unit_code
),

rated as (
    select
        *,
        case when not is_unrecorded then {{ ratio('numerator', 'denominator', 6) }} end as rate,
        cast(numerator as double) / nullif(cast(denominator as double), 0) as p,
        cast(denominator as double) as n
    from joined
)

select
    period, unit_code, channel, indicator, numerator, denominator, rate,
    denominator as sample_size,
    -- Wilson score interval at 95 %, for shares of cases only
    case when p <= 1 and indicator not like 'plan_completion_rate%' and indicator <> 'rework_rate'
        and indicator not like 'inspection_score_rate%' and indicator <> 'position_coverage_rate' then cast(
        (p + 1.9207294103e0 / n - 1.959963985e0 * sqrt(p * (1e0 - p) / n + 0.9603647052e0 / (n * n)))
        / (1e0 + 3.8414588207e0 / n) as decimal(18, 6)) end as wilson_low,
    case when p <= 1 and indicator not like 'plan_completion_rate%' and indicator <> 'rework_rate'
        and indicator not like 'inspection_score_rate%' and indicator <> 'position_coverage_rate' then cast(
        (p + 1.9207294103e0 / n + 1.959963985e0 * sqrt(p * (1e0 - p) / n + 0.9603647052e0 / (n * n)))
        / (1e0 + 3.8414588207e0 / n) as decimal(18, 6)) end as wilson_high,
    case when is_mixed then 'unlike_units' when is_unrecorded then 'not_recorded' when denominator = 0 then 'zero_denominator' end as reason_code,
    case when is_mixed then '计量单位不同，不相加' when is_unrecorded then '来源未记录返工' when denominator = 0 then '分母为零' end as reason_zh,
    case when is_mixed then 'unlike units of measure are not added'
        when is_unrecorded then 'the source does not record rework' when denominator = 0 then 'denominator is zero' end as reason_en
from rated
