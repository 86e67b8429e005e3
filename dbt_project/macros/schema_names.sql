{# Seeds and models share one schema: a release is read without knowing which is which. #}
{% macro generate_schema_name(custom_schema_name, node) %}{{ target.schema }}{% endmacro %}
