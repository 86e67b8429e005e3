{# Integer division, truncating; the engines spell it differently. #}
{% macro idiv(a, b) %}{{ return(adapter.dispatch('idiv', 'cityeval')(a, b)) }}{% endmacro %}
{% macro default__idiv(a, b) %}(({{ a }}) // ({{ b }})){% endmacro %}
{% macro spark__idiv(a, b) %}(({{ a }}) div ({{ b }})){% endmacro %}

{# Seconds from a to b, exact bigint. #}
{% macro seconds_between(a, b) %}{{ return(adapter.dispatch('seconds_between', 'cityeval')(a, b)) }}{% endmacro %}
{% macro default__seconds_between(a, b) %}date_sub('second', {{ a }}, {{ b }}){% endmacro %}
{% macro spark__seconds_between(a, b) %}timestampdiff(second, {{ a }}, {{ b }}){% endmacro %}

{# A moment some seconds later. #}
{% macro add_seconds(at, seconds) %}{{ return(adapter.dispatch('add_seconds', 'cityeval')(at, seconds)) }}{% endmacro %}
{% macro default__add_seconds(at, seconds) %}({{ at }} + to_seconds(cast({{ seconds }} as bigint))){% endmacro %}
{% macro spark__add_seconds(at, seconds) %}timestampadd(second, {{ seconds }}, {{ at }}){% endmacro %}

{# A published ratio: num ÷ den at s decimals, half-up, on integers only; blank where den is 0.
   num and den are decimal(18,4) or integers, ≥ 0; they are scaled to integers first, so nothing is lost.
   Wide integers: a bigint holds num × 2 × 10^(4+s) only to 461 million, and square metres swept in a month are more. #}
{% macro ratio(num, den, s=6) -%}
cast(cast({{ cityeval.idiv(
    "2 * " ~ cityeval.in_tenthousandths(num) ~ " * " ~ (10 ** s) ~ " + " ~ cityeval.in_tenthousandths(den),
    "nullif(2 * " ~ cityeval.in_tenthousandths(den) ~ ", 0)"
) }} as decimal(24, 0)) * cast({{ '%.*f' % (s, 10 ** (-s)) }} as decimal({{ s + 1 }}, {{ s }})) as decimal(18, {{ s }}))
{%- endmacro %}
{# How much a count grew since another, as a part of the other: half-up away from zero, blank where the other is 0 or unknown. #}
{% macro change_rate(now, before, s=6) -%}
case when {{ now }} >= {{ before }} then {{ cityeval.ratio(now ~ ' - ' ~ before, before, s) }}
else cast(-1 * {{ cityeval.ratio(before ~ ' - ' ~ now, before, s) }} as decimal(18, {{ s }})) end
{%- endmacro %}
{% macro in_tenthousandths(x) %}{{ cityeval.wide("round(cast(" ~ x ~ " as decimal(18, 4)) * 10000, 0)") }}{% endmacro %}

{# A sorted, comma-separated list of a text column. #}
{% macro sorted_csv(x) %}{{ return(adapter.dispatch('sorted_csv', 'cityeval')(x)) }}{% endmacro %}
{% macro default__sorted_csv(x) %}string_agg({{ x }}, ',' order by {{ x }}){% endmacro %}
{% macro spark__sorted_csv(x) %}array_join(sort_array(collect_list({{ x }})), ','){% endmacro %}
