{# The only place that knows how an engine reads the lake. Paths are relative to the lake folder. #}
{% macro lake(name) %}{% do source('lake', name) %}{{ return(adapter.dispatch('lake_files', 'cityeval')('accepted/' ~ name)) }}{% endmacro %}
{% macro run_input(name) %}{% do source('run_inputs', name) %}{{ return(adapter.dispatch('lake_file', 'cityeval')('run/' ~ name)) }}{% endmacro %}
{% macro ledger(name) %}{% do source('ledger', name) %}{{ return(adapter.dispatch('lake_files', 'cityeval')(name)) }}{% endmacro %}

{% macro default__lake_files(path) %}read_parquet('{{ path }}/*.parquet', union_by_name=true){% endmacro %}
{% macro default__lake_file(path) %}read_parquet('{{ path }}.parquet'){% endmacro %}
{% macro spark__lake_files(path) %}parquet.`{{ env_var('CITYEVAL_LAKE', '.') }}/{{ path }}`{% endmacro %}
{% macro spark__lake_file(path) %}parquet.`{{ env_var('CITYEVAL_LAKE', '.') }}/{{ path }}.parquet`{% endmacro %}
