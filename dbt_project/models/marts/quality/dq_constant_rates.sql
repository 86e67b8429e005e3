-- A share that is the same in every month for every unit measures nothing: most often a feed brings only cases that count. Judged from
-- three units, three months and a hundred in the denominators on; a city that knows why says so in city.yaml (constant_rates).
with monthly as (
    select k.indicator, k.channel, k.unit_code, k.period, k.rate, k.denominator
    from {{ ref('kpi_indicators') }} as k
    inner join {{ ref('stg_periods') }} as p on k.period = p.period
    where p.period_type = 'month' and k.kind = 'share' and k.rate is not null and k.channel = 'all'
),

spread as (
    select
        indicator,
        count(distinct unit_code) as unit_count, count(distinct period) as period_count,
        cast(sum(denominator) as decimal(18, 4)) as denominators, min(rate) as lowest_rate, max(rate) as highest_rate
    from monthly
    group by indicator
)

select
    s.indicator, cast(s.unit_count as bigint) as unit_count, cast(s.period_count as bigint) as period_count, s.denominators,
    s.lowest_rate, s.highest_rate,
    s.unit_count >= 3 and s.period_count >= 3 and s.denominators >= 100 and s.lowest_rate = s.highest_rate as is_constant,
    c.reason as known_reason
from spread as s
left join {{ ref('stg_constant_rates') }} as c on s.indicator = c.indicator
