-- Every count, beside that of the period before and of the same period a year before. The year to date adds up the periods of the
-- same kind from the first of the year, each as of its own moment; weeks belong to their ISO year.
with {{ numbered_series(ref('kpi_counts'), 'measure') }},

dated as (
    select
        *,
        cast(sum(value) over (
            partition by series, year_number
            order by period_number nulls last rows between unbounded preceding and current row
        ) as decimal(18, 4)) as year_to_date_value
    from numbered
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
left join numbered as b on k.previous_number = b.period_number and k.series = b.series
left join numbered as y on k.year_before_number = y.period_number and k.series = y.series and y.is_year_before
