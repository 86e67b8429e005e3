{# No value of a column is in two of the models that are put together. #}
{% test apart(model, column, parts) %}
select {{ column }}, count(*) as part_count
from (
    {% for part in parts %}select distinct {{ column }} from {{ ref(part) }}{% if not loop.last %}
    union all
    {% endif %}{% endfor %}
) as found
group by {{ column }}
having count(*) > 1
{% endtest %}
