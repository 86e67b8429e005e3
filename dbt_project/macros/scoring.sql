{# The scoring models, one body for every level of schemes: level 0 takes figures only, each next one may take the scores of
   the levels below. Which level a scheme stands on is known from its file (pipelines/scoring/check.py). #}

{# A decimal with at most four decimals as an exact pair, and a number of decimals held in a column as a scale. #}
{% macro pair(x) %}{{ return([cityeval.wide('cast(' ~ x ~ ' as decimal(18, 4)) * 10000'), cityeval.wide('10000')]) }}{% endmacro %}
{% macro scale_of(decimals) -%}
{{ cityeval.wide('case ' ~ decimals ~ ' when 0 then 1 when 1 then 10 when 2 then 100 when 3 then 1000 when 4 then 10000 when 5 then 100000 else 1000000 end') }}
{%- endmacro %}

{# A whole number of steps of 1 / 10^decimals as a decimal with four decimals. #}
{% macro from_steps(n, decimals) -%}
cast(cast({{ n }} * case {{ decimals }} when 0 then 10000 when 1 then 1000 when 2 then 100 when 3 then 10 else 1 end as decimal(24, 0)) * cast(0.0001 as decimal(5, 4)) as decimal(18, 4))
{%- endmacro %}

{# Yuan: the product of two decimals, or part ÷ whole of it, half-up to the fen. #}
{% macro money(amount, by, part=none, whole=none) -%}
{%- set product = cityeval.times(cityeval.pair(amount), cityeval.pair(by)) -%}
{%- set product = product if part is none else cityeval.over(cityeval.times(product, cityeval.pair(part)), cityeval.pair(whole)) -%}
cast({{ cityeval.from_steps(cityeval.steps(product, cityeval.wide('100')), '2') }} as decimal(14, 2))
{%- endmacro %}

{# What is done of a target, as a share with four decimals: numerator ÷ denominator ÷ target, half-up. #}
{% macro share_of_target(numerator, denominator, target) -%}
{{ cityeval.from_steps(cityeval.steps(cityeval.over(cityeval.pair(numerator), cityeval.times(cityeval.pair(denominator), cityeval.pair(target))), cityeval.wide('10000')), '4') }}
{%- endmacro %}

{# A number as people write it: no decimals where there are none, else two. #}
{% macro written(x) -%}
case when {{ x }} = floor({{ x }}) then cast(cast({{ x }} as bigint) as string) else cast(cast({{ x }} as decimal(18, 2)) as string) end
{%- endmacro %}

{# The scores of the levels below, with the days of their periods. #}
{% macro scores_below(level) -%}
{%- for below in range(level) %}
    select u.period, u.scheme, u.unit_code, u.score, u.full_marks, p.starts_on, p.ends_on
    from {{ ref('score_units_' ~ below) }} as u
    inner join {{ ref('stg_periods') }} as p on u.period = p.period
    where u.score is not null
    {% if not loop.last %}union all{% endif %}
{%- endfor %}
{%- endmacro %}
