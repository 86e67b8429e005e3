{# The working clock. A moment `at` is looked up in int_work_segments (alias s), which holds every moment of the calendar in one row;
   what it shows then is a number of working seconds since the calendar began, and the working time between two moments is the
   difference of two such numbers. #}

{# Seconds since midnight of a clock time HH:MM (24:00 is the end of the day). #}
{% macro seconds_of_day(hhmm) %}(cast(substr({{ hhmm }}, 1, 2) as bigint) * 3600 + cast(substr({{ hhmm }}, 4, 2) as bigint) * 60){% endmacro %}

{# Join condition: the segment that holds the moment. #}
{% macro in_segment(at, s) %}cast({{ at }} as date) = {{ s }}.calendar_date and {{ at }} >= {{ s }}.starts_at and {{ at }} < {{ s }}.ends_at{% endmacro %}

{# Working seconds since the calendar began. #}
{% macro work_seconds_at(at, s) %}({{ s }}.seconds_before + least({{ cityeval.seconds_between(s ~ '.starts_at', at) }}, {{ s }}.work_seconds)){% endmacro %}

{# Working days whose hours are over at the moment. #}
{% macro work_days_closed_at(at, s) %}({{ s }}.workday_number - case when {{ s }}.is_workday and {{ at }} < {{ s }}.closes_at then 1 else 0 end){% endmacro %}

{# Seconds of the clock that runs day and night. #}
{% macro seconds_at(at) %}{{ cityeval.seconds_between("cast('1970-01-01 00:00:00' as timestamp)", at) }}{% endmacro %}
{% macro moment_at(seconds) %}{{ cityeval.add_seconds("cast('1970-01-01 00:00:00' as timestamp)", seconds) }}{% endmacro %}
