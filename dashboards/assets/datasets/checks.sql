-- One row per suite, check and severity.
select
    suite, check_name, coalesce(column_name, '') as column_name,
    case severity when 'fail' then $t{不过即停|stops} when 'warn' then $t{提示|warns} else severity end as severity,
    count(*) as times, sum(cast(not success as int)) as failed
from mart_checks
group by all
