{# A unit that has ended is followed by its successor: a record of a later day counts for that. `columns` are the codes of units that
   the record `of` names, `day` is its day. #}

{# The joins that find the successor of each code. #}
{% macro succession_joins(columns, day, of='r') -%}
{% for column in columns %}
left join {{ ref('stg_unit_successions') }} as s_{{ column }}
    on
        {{ of }}.{{ column }} = s_{{ column }}.unit_code and {{ day }} >= s_{{ column }}.starts_on
        and (s_{{ column }}.ends_on is null or {{ day }} <= s_{{ column }}.ends_on)
{% endfor %}
{%- endmacro %}

{# Who answers. #}
{% macro succeeded(column, of='r') %}coalesce(s_{{ column }}.successor_code, {{ of }}.{{ column }}){% endmacro %}

{# Which codes of the record were followed by another: "D0 → D1"; blank where none was. #}
{% macro succession(columns, of='r') -%}
nullif(concat_ws(', '{% for column in columns %}, {{ of }}.{{ column }} || ' → ' || s_{{ column }}.successor_code{% endfor %}), '')
{%- endmacro %}
