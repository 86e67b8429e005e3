-- Every rate with its numerator and denominator; a zero denominator is blank with a reason, never 0 % or 100 %.
-- What an indicator is stands in dim_indicators; no indicator is named here.
with of_posts as (
    select distinct c.measure
    from {{ ref('kpi_counts') }} as c
    inner join {{ ref('dim_units') }} as u on c.unit_code = u.unit_code
    where u.unit_kind = 'post'
),

-- A unit and channel that never has anything of a stage, or of a city's own indicator, has no row of it; a post has rows of what posts do.
concerned as (
    select distinct i.indicator, c.unit_code, c.channel
    from {{ ref('dim_indicators') }} as i
    inner join {{ ref('kpi_counts') }} as c on i.denominator_measure = c.measure
    inner join {{ ref('dim_units') }} as u on c.unit_code = u.unit_code
    left join of_posts as o on i.numerator_measure = o.measure
    where i.subject = 'stage' and (u.unit_kind is null or u.unit_kind <> 'post' or o.measure is not null)
),

places as (
    select i.indicator, u.unit_code, c.channel
    from {{ ref('dim_units') }} as u
    cross join {{ ref('dim_indicators') }} as i
    cross join (values ('hotline'), ('grid'), ('all')) as c (channel)
    where
        coalesce(u.unit_kind, '') <> 'post'
        and (i.subject = 'case' or (i.subject <> 'stage' and c.channel = 'all'))
    union all
    select indicator, unit_code, channel from concerned
),

grid as (
    select
        p.period, l.unit_code, l.channel, i.indicator, i.numerator_measure, i.denominator_measure,
        i.kind, i.time_filter, i.needs_recorded, i.needs_one_unit
    from places as l
    inner join {{ ref('dim_indicators') }} as i on l.indicator = i.indicator
    inner join {{ ref('stg_periods') }} as p
        on (i.valid_from is null or p.ends_on >= i.valid_from) and (i.valid_to is null or p.ends_on <= i.valid_to)
),

mixed as (
    select period, unit_code from {{ ref('int_operation_counts') }}
    group by period, unit_code
    having count(distinct unit_of_measure) > 1
),

measured as (
    select
        g.period, g.unit_code, g.channel, g.indicator, g.kind, g.time_filter,
        coalesce(n.value, 0) as numerator,
        coalesce(d.value, 0) as denominator,
        coalesce(d.is_reported, n.is_reported, false) as is_reported,
        -- what arrives already counted is recorded
        g.needs_recorded is not null and coalesce(d.value, w.value, 0) > 0 and k.value is null
        and not coalesce(n.is_reported, false) as is_unrecorded_here,
        b.value is not null as is_calendar_provisional,
        g.needs_one_unit and m.unit_code is not null as is_mixed
    from grid as g
    left join {{ ref('kpi_counts') }} as n
        on g.period = n.period and g.unit_code = n.unit_code and g.channel = n.channel and g.numerator_measure = n.measure
    left join {{ ref('kpi_counts') }} as d
        on g.period = d.period and g.unit_code = d.unit_code and g.channel = d.channel and g.denominator_measure = d.measure
    -- a feed that never records it (rework, say) says nothing about it: no row of this measure, no rate
    left join {{ ref('kpi_counts') }} as k
        on
            g.period = k.period and g.unit_code = k.unit_code and g.channel = k.channel
            and g.needs_recorded = k.measure
    -- what is recorded of a whole may be none of it: planned stops of a unit that was never heard of
    left join {{ ref('measure_parts') }} as o on g.denominator_measure = o.part and g.needs_recorded = o.part
    left join {{ ref('kpi_counts') }} as w
        on g.period = w.period and g.unit_code = w.unit_code and g.channel = w.channel and o.measure = w.measure
    -- any deadline among the cases counted that rests on days of which no official calendar speaks; a stage has deadlines of its own
    left join {{ ref('kpi_counts') }} as b
        on
            g.period = b.period and g.unit_code = b.unit_code and g.channel = b.channel
            and b.measure = case
                when g.denominator_measure like '%_due' or g.denominator_measure like '%_with_limit'
                    then g.denominator_measure || '_provisional'
                when g.time_filter = 'settled_at' then 'calendar_provisional'
            end
    left join mixed as m on g.period = m.period and g.unit_code = m.unit_code
),

-- Where one channel never records it, the rate over both would count cases that say nothing: it is blank too.
unrecorded_somewhere as (
    select distinct period, unit_code, indicator from measured where is_unrecorded_here
),

joined as (
    select m.*, m.is_unrecorded_here or (m.channel = 'all' and s.period is not null) as is_unrecorded
    from measured as m
    left join unrecorded_somewhere as s
        on m.period = s.period and m.unit_code = s.unit_code and m.indicator = s.indicator
),

rated as (
    select
        *,
        case when not is_unrecorded then {{ ratio('numerator', 'denominator', 6) }} end as rate,
        case when not is_unrecorded then cast(numerator as double) / nullif(cast(denominator as double), 0) end as p,
        cast(denominator as double) as n
    from joined
)

select
    period, unit_code, channel, indicator, numerator, denominator, rate,
    kind, is_calendar_provisional, is_reported,
    denominator as sample_size,
    -- Wilson score interval at 95 %, for shares of things counted only: square metres are no sample
    case when p <= 1 and kind = 'share' and coalesce(time_filter, '') <> 'operated_on' then cast(
        (p + 1.9207294103e0 / n - 1.959963985e0 * sqrt(p * (1e0 - p) / n + 0.9603647052e0 / (n * n)))
        / (1e0 + 3.8414588207e0 / n) as decimal(18, 6)) end as wilson_low,
    case when p <= 1 and kind = 'share' and coalesce(time_filter, '') <> 'operated_on' then cast(
        (p + 1.9207294103e0 / n + 1.959963985e0 * sqrt(p * (1e0 - p) / n + 0.9603647052e0 / (n * n)))
        / (1e0 + 3.8414588207e0 / n) as decimal(18, 6)) end as wilson_high,
    case when is_mixed then 'unlike_units' when is_unrecorded then 'not_recorded' when denominator = 0 then 'zero_denominator' end as reason_code,
    case when is_mixed then '计量单位不同，不相加' when is_unrecorded then '来源未记录' when denominator = 0 then '分母为零' end as reason_zh,
    case when is_mixed then 'unlike units of measure are not added'
        when is_unrecorded then 'the source does not record it' when denominator = 0 then 'denominator is zero' end as reason_en
from rated
