{# Whole numbers for the texts that tell rows apart: windows and joins over a million rows compare numbers, not texts.
   A series is one unit, channel and name (a measure or an indicator) through all periods. Gives CTEs, the last of which, numbered, is
   `relation` with its series and the numbers of its period, of the one before, of that a year before, and of its year. #}
{% macro numbered_series(relation, name) -%}
series_units as (
    select unit_code, row_number() over (order by unit_code nulls last) as number from (select distinct unit_code from {{ relation }}) as u
),

series_channels as (
    select channel, row_number() over (order by channel nulls last) as number from (select distinct channel from {{ relation }}) as c
),

series_names as (
    select {{ name }}, row_number() over (order by {{ name }} nulls last) as number from (select distinct {{ name }} from {{ relation }}) as n
),

numbered_periods as (
    select
        period, period_type, previous_period, year_before_period,
        row_number() over (order by period nulls last) as period_number,
        -- weeks belong to their ISO year
        dense_rank() over (order by period_type nulls last, substr(period, 1, 4) nulls last) as year_number
    from {{ ref('stg_periods') }}
),

dated_periods as (
    select
        p.*, b.period_number as previous_number, y.period_number as year_before_number,
        p.period in (select year_before_period from numbered_periods) as is_year_before
    from numbered_periods as p
    left join numbered_periods as b on p.previous_period = b.period
    left join numbered_periods as y on p.year_before_period = y.period
),

numbered as (
    select
        k.*, p.period_type, p.period_number, p.previous_number, p.year_before_number, p.year_number, p.is_year_before,
        (u.number * 100 + c.number) * 100000 + n.number as series
    from {{ relation }} as k
    inner join dated_periods as p on k.period = p.period
    inner join series_units as u on k.unit_code = u.unit_code
    inner join series_channels as c on k.channel = c.channel
    inner join series_names as n on k.{{ name }} = n.{{ name }}
)
{%- endmacro %}
