{# The rule shapes of schemes and of audits, on exact pairs (see exact.sql). Parameters are pairs too. #}

{# The line through (x0, y0) and (x1, y1) at x. #}
{% macro on_line(x, x0, y0, x1, y1) %}{{ return(cityeval.plus(y0, cityeval.over(cityeval.times(cityeval.minus(x, x0), cityeval.minus(y1, y0)), cityeval.minus(x1, x0)))) }}{% endmacro %}

{# Piecewise linear through points [[x, y], …] in rising order of x, level outside them. #}
{% macro ramp(x, points) -%}
{%- set parts = [[], []] -%}
{%- for i in range(points | length) -%}
{%- set p = points[i] -%}
{%- set y = p[1] if i == 0 else cityeval.on_line(x, points[i - 1][0], points[i - 1][1], p[0], p[1]) -%}
{%- for side in [0, 1] -%}{%- do parts[side].append(' when ' ~ cityeval.at_most(x, p[0]) ~ ' then ' ~ y[side]) -%}{%- endfor -%}
{%- endfor -%}
{{ return(['(case' ~ parts[0] | join('') ~ ' when ' ~ x[0] ~ ' is not null then ' ~ points[-1][1][0] ~ ' end)', '(case' ~ parts[1] | join('') ~ ' when ' ~ x[0] ~ ' is not null then ' ~ points[-1][1][1] ~ ' end)']) }}
{%- endmacro %}

{# x not below low and not above high; either may be none. #}
{% macro within(x, low=none, high=none) -%}
{%- set n = [] -%}{%- set d = [] -%}
{%- if low is not none -%}{%- do n.append(' when ' ~ cityeval.less(x, low) ~ ' then ' ~ low[0]) -%}{%- do d.append(' when ' ~ cityeval.less(x, low) ~ ' then ' ~ low[1]) -%}{%- endif -%}
{%- if high is not none -%}{%- do n.append(' when ' ~ cityeval.less(high, x) ~ ' then ' ~ high[0]) -%}{%- do d.append(' when ' ~ cityeval.less(high, x) ~ ' then ' ~ high[1]) -%}{%- endif -%}
{{ return(x if not n else ['(case' ~ n | join('') ~ ' else ' ~ x[0] ~ ' end)', '(case' ~ d | join('') ~ ' else ' ~ x[1] ~ ' end)']) }}
{%- endmacro %}

{# The number (from 0) of the first step that x meets, steps being [[comparison, bound], …] with the comparisons at_least, more_than,
   at_most, less_than; the number of steps where it meets none. #}
{% macro step_of(x, steps) -%}
(case when {{ x[0] }} is null or {{ x[1] }} is null then null
{%- for step in steps %} when {% if step[0] == 'at_least' %}{{ cityeval.at_most(step[1], x) }}{% elif step[0] == 'more_than' %}{{ cityeval.less(step[1], x) }}{% elif step[0] == 'at_most' %}{{ cityeval.at_most(x, step[1]) }}{% else %}{{ cityeval.less(x, step[1]) }}{% endif %} then {{ loop.index0 }}{% endfor %} else {{ steps | length }} end)
{%- endmacro %}

{# Places 1-2-2-4 in a group: one more than the number of better ones. #}
{% macro place(by, best='highest', partition=none) -%}
rank() over ({% if partition %}partition by {{ partition }} {% endif %}order by {{ by }} {{ 'desc' if best == 'highest' else 'asc' }})
{%- endmacro %}
