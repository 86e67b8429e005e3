-- Every count, beside that of the period before and of the same period a year before. The year to date adds up the periods of the
-- same kind from the first of the year, each as of its own moment; weeks belong to their ISO year.
with dated as (
    select
        k.period, k.unit_code, k.channel, k.measure, k.value, p.previous_period, p.year_before_period,
        cast(sum(k.value) over (
            partition by k.unit_code, k.channel, k.measure, p.period_type, substr(k.period, 1, 4)
            order by k.period nulls last rows between unbounded preceding and current row
        ) as decimal(18, 4)) as year_to_date_value
    from {{ ref('kpi_counts') }} as k
    inner join {{ ref('stg_periods') }} as p on k.period = p.period
)

select
    k.period, u.unit_kind, k.unit_code, u.name_zh as unit_name, k.channel, k.measure,
    coalesce(m.measure_zh, k.measure) as measure_zh, k.value,
    b.value as previous_value, {{ change_rate('k.value', 'b.value') }} as previous_change_rate,
    y.value as year_before_value, {{ change_rate('k.value', 'y.value') }} as year_before_change_rate,
    k.year_to_date_value
from dated as k
inner join {{ ref('dim_units') }} as u on k.unit_code = u.unit_code
left join {{ ref('dim_measures') }} as m on k.measure = m.measure
left join {{ ref('kpi_counts') }} as b
    on k.previous_period = b.period and k.unit_code = b.unit_code and k.channel = b.channel and k.measure = b.measure
left join {{ ref('kpi_counts') }} as y
    on k.year_before_period = y.period and k.unit_code = y.unit_code and k.channel = y.channel and k.measure = y.measure
