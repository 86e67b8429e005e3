{# Exact arithmetic on fractions of whole numbers, for rule shapes: a value is a pair (n, d) of whole numbers, d > 0; a null in
   either is "no value". Nothing is rounded but where `rounded` is called. Each macro gives n or d, so that a pair is spelled twice. #}

{# A whole number with room for 38 digits; the engines spell it differently. #}
{% macro wide(x) %}{{ return(adapter.dispatch('wide', 'cityeval')(x)) }}{% endmacro %}
{% macro default__wide(x) %}cast({{ x }} as hugeint){% endmacro %}
{% macro spark__wide(x) %}cast({{ x }} as decimal(38, 0)){% endmacro %}

{% macro plus(a, b) %}{{ return(['(' ~ a[0] ~ ' * ' ~ b[1] ~ ' + ' ~ b[0] ~ ' * ' ~ a[1] ~ ')', '(' ~ a[1] ~ ' * ' ~ b[1] ~ ')']) }}{% endmacro %}
{% macro minus(a, b) %}{{ return(['(' ~ a[0] ~ ' * ' ~ b[1] ~ ' - ' ~ b[0] ~ ' * ' ~ a[1] ~ ')', '(' ~ a[1] ~ ' * ' ~ b[1] ~ ')']) }}{% endmacro %}
{% macro times(a, b) %}{{ return(['(' ~ a[0] ~ ' * ' ~ b[0] ~ ')', '(' ~ a[1] ~ ' * ' ~ b[1] ~ ')']) }}{% endmacro %}

{# a ÷ b; no value where b is 0. #}
{% macro over(a, b) %}{{ return(['(' ~ a[0] ~ ' * ' ~ b[1] ~ ' * sign(' ~ b[0] ~ '))', 'nullif(' ~ a[1] ~ ' * abs(' ~ b[0] ~ '), 0)']) }}{% endmacro %}

{# a < b, a <= b as conditions. #}
{% macro less(a, b) %}({{ a[0] }} * {{ b[1] }} < {{ b[0] }} * {{ a[1] }}){% endmacro %}
{% macro at_most(a, b) %}({{ a[0] }} * {{ b[1] }} <= {{ b[0] }} * {{ a[1] }}){% endmacro %}

{# The number nearest to the pair a in steps of 1 / scale, as a whole number of such steps. mode: half_up (away from zero), half_even,
   down (towards zero), up (away from zero). #}
{% macro steps(a, scale, mode='half_up') -%}
{%- set n = 'abs(' ~ a[0] ~ ') * ' ~ scale -%}
{%- if mode == 'half_up' -%}
(sign({{ a[0] }}) * {{ cityeval.idiv('2 * ' ~ n ~ ' + ' ~ a[1], '2 * ' ~ a[1]) }})
{%- elif mode == 'down' -%}
(sign({{ a[0] }}) * {{ cityeval.idiv(n, a[1]) }})
{%- elif mode == 'up' -%}
(sign({{ a[0] }}) * {{ cityeval.idiv(n ~ ' + ' ~ a[1] ~ ' - 1', a[1]) }})
{%- else -%}
(sign({{ a[0] }}) * ({{ cityeval.idiv('2 * ' ~ n ~ ' + ' ~ a[1], '2 * ' ~ a[1]) }} - case when (2 * {{ n }} + {{ a[1] }}) % (2 * {{ a[1] }}) = 0 and {{ cityeval.idiv('2 * ' ~ n ~ ' + ' ~ a[1], '2 * ' ~ a[1]) }} % 2 = 1 then 1 else 0 end))
{%- endif -%}
{%- endmacro %}
