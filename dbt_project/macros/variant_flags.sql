{# What a case of a variant (alias c) is in a period (alias p) with the suspension looked up (alias s). #}
{% macro in_variant_denominator() %}(case when c.is_by_answer then c.is_asked and c.closed_at <= p.as_of else {{ cityeval.is_due_to_close() }} end){% endmacro %}
{% macro variant_numerator() -%}
case
    when not {{ cityeval.in_variant_denominator() }} then 0
    when c.is_by_answer then case when c.is_wanted_answer then 1 else 0 end
    when c.variant_of = 'closure_rate' then case when {{ cityeval.is_closed() }} then 1 else 0 end
    when c.variant_of = 'on_time_closure_rate' then case when {{ cityeval.is_on_time() }} then 1 else 0 end
    when c.variant_of = 'overdue_closure_rate' then case when {{ cityeval.is_overdue() }} then 1 else 0 end
    when c.variant_of = 'overdue_open_rate' then case when {{ cityeval.is_closed() }} then 0 else 1 end
    when c.is_counted_by_case then case when c.times > 0 then 1 else 0 end
    else coalesce(c.times, 0)
end
{%- endmacro %}
