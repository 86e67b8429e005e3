{# The grain of models put together, each of which is tested for it: no value of a column, part of the key, is in two of them, and none
   comes from elsewhere. #}
{% test unique_key_of_parts(model, column, parts) %}
select m.{{ column }}, count(p.{{ column }}) as part_count
from (select distinct {{ column }} from {{ model }}) as m
left join (
    {% for part in parts %}select distinct {{ column }} from {{ ref(part) }}{% if not loop.last %}
    union all
    {% endif %}{% endfor %}
) as p on m.{{ column }} = p.{{ column }}
group by m.{{ column }}
having count(p.{{ column }}) <> 1
{% endtest %}
