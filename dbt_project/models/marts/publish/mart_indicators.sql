-- Every rate, beside that of the period before and of the same period a year before (differences in rate, not in per cent of it).
-- The year to date adds up numerators and denominators of the periods of the same kind from the first of the year, each as of its
-- own moment; weeks belong to their ISO year.
with {{ numbered_series(ref('kpi_indicators'), 'indicator') }},

summed as (
    select
        *,
        cast(sum(numerator) over (
            partition by series, year_number
            order by period_number nulls last rows between unbounded preceding and current row
        ) as decimal(18, 4)) as year_to_date_numerator,
        cast(sum(denominator) over (
            partition by series, year_number
            order by period_number nulls last rows between unbounded preceding and current row
        ) as decimal(18, 4)) as year_to_date_denominator,
        count(*) filter (where reason_code = 'not_recorded') over (
            partition by series, year_number
            order by period_number nulls last rows between unbounded preceding and current row
        ) as unrecorded_periods
    from numbered
)

select
    k.period, k.period_type, u.unit_kind, k.unit_code, u.name_zh as unit_name, k.channel,
    k.indicator, i.indicator_zh, i.indicator_en, i.direction,
    k.numerator, k.denominator, k.rate, k.sample_size, k.wilson_low, k.wilson_high, k.is_calendar_provisional,
    k.reason_code, k.reason_zh, k.reason_en,
    b.rate as previous_rate, cast(k.rate - b.rate as decimal(18, 6)) as previous_change,
    y.rate as year_before_rate, cast(k.rate - y.rate as decimal(18, 6)) as year_before_change,
    k.year_to_date_numerator, k.year_to_date_denominator,
    case
        when k.unrecorded_periods = 0 then {{ ratio('k.year_to_date_numerator', 'k.year_to_date_denominator', 6) }}
    end as year_to_date_rate,
    case when k.is_reported then 'reported_counts' else i.contract end as contract,
    f.fresh_at, {{ ratio('f.rejected_count', 'f.row_count', 6) }} as rejected_rate
from summed as k
inner join {{ ref('dim_units') }} as u on k.unit_code = u.unit_code
inner join {{ ref('dim_indicators') }} as i on k.indicator = i.indicator
left join numbered as b on k.previous_number = b.period_number and k.series = b.series
left join numbered as y on k.year_before_number = y.period_number and k.series = y.series and y.is_year_before
-- the deliveries that brought what is counted: cases by their channel, what arrives already counted by itself
left join {{ ref('int_feeds') }} as f
    on
        k.period = f.period
        and f.contract = case when k.is_reported then 'reported_counts' else i.contract end
        and f.channel = case when k.is_reported or i.contract <> 'cases' then 'all' else k.channel end
