{# What a charge (alias c) is in a period (alias p) with the suspension looked up (alias s): written once, read by counts and proofs. #}
{% macro is_settled() %}(c.exclusion_reason is null and (c.closed_at <= p.as_of or c.due_at < p.as_of)){% endmacro %}
{% macro is_closed() %}(coalesce(c.closed_at <= p.as_of, false)){% endmacro %}
{% macro is_suspended() %}(s.case_key is not null and not {{ cityeval.is_closed() }}){% endmacro %}
{% macro is_due_to_close() %}({{ cityeval.is_settled() }} and not {{ cityeval.is_suspended() }}){% endmacro %}
{# Closed, and known to have been handled late: closed = on time + overdue + handling time unknown. #}
{% macro is_overdue() %}({{ cityeval.is_closed() }} and c.handled_at is not null and not {{ cityeval.is_on_time() }}){% endmacro %}
{% macro is_on_time() %}({{ cityeval.is_closed() }} and coalesce(c.handled_at <= c.due_at and c.handled_at <= p.as_of, false)){% endmacro %}
