-- One row per source (or figure before publication) and check: how often it was made, how often it did not pass, and on which files.
select
    $name{source|coalesce(d.source, c.checked)} as source, $name{check|c.suite || '/' || c.check_name} as check_name,
    case c.severity when 'fail' then $t{不过即停|stops} when 'warn' then $t{提示|warns} else c.severity end as severity,
    count(*) as times, sum(cast(not c.success as int)) as failed,
    coalesce(string_agg(distinct case when not c.success then d.file end, $t{、|, } order by case when not c.success then d.file end), '') as files
from mart_checks as c
left join mart_deliveries as d on c.checked = d.delivery_id
group by all
