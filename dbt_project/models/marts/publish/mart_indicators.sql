select
    k.period, p.period_type, u.unit_kind, k.unit_code, u.name_zh as unit_name, k.channel,
    k.indicator, i.indicator_zh, i.indicator_en, i.direction,
    k.numerator, k.denominator, k.rate, k.sample_size, k.wilson_low, k.wilson_high, k.is_calendar_provisional,
    k.reason_code, k.reason_zh, k.reason_en
from {{ ref('kpi_indicators') }} as k
inner join {{ ref('stg_periods') }} as p on k.period = p.period
inner join {{ ref('dim_units') }} as u on k.unit_code = u.unit_code
inner join {{ ref('dim_indicators') }} as i on k.indicator = i.indicator
