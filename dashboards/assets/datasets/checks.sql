-- One row per suite, check and severity.
select suite, check_name, coalesce(column_name, '') as column_name, severity, count(*) as times, sum(cast(not success as int)) as failed
from mart_checks
group by suite, check_name, column_name, severity
