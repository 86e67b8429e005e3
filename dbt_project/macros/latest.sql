{# The latest version of each record of a contract: its columns, plus record_key. `key` tells records of a source system apart;
   `content` decides between two versions of one moment, so that the order of arrival does not. Of `units`, the columns with codes of
   units, one that had ended before `day` gives way to its successor; `succession` says so. #}
{% macro latest(contract, key, content, units=[], day='') -%}
with versions as (
    select
        *,
        source_system{% for column in key %} || ':' || cast({{ column }} as string){% endfor %} as record_key,
        coalesce(updated_at, extracted_at) as version_at
    from {{ cityeval.lake(contract) }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by record_key
            order by
                version_at desc nulls last,
                md5(concat_ws('|'{% for column in content %}, coalesce(cast({{ column }} as string), '-'){% endfor %})) desc nulls last,
                delivery_id desc nulls last,
                source_file desc nulls last,
                source_row desc nulls last
        ) as version_rank
    from versions
)

select
    r.record_key, r.source_system
    {%- for column in key + content %}, {% if column in units %}{{ cityeval.succeeded(column) }} as {{ column }}{% else %}r.{{ column }}{% endif %}{% endfor %},
    {%- if units %} {{ cityeval.succession(units) }} as succession,{% endif %}
    r.delivery_id, r.source_file, r.source_row
from ranked as r
{{ cityeval.succession_joins(units, day) }}
where r.version_rank = 1 and not coalesce(r.is_deleted, false)
{%- endmacro %}
