-- One row per month: which publication the page reads.
with $units
select
    month, period, state_label || case when version > 0 then $t{ · 第 | · version } || version || $t{ 版|} else '' end as state, as_of,
    (
        select printf('%.2f', 100.0 * sum(accepted) / nullif(sum(row_count), 0)) || $t{% 的行接收| % accepted} from mart_deliveries
    ) || (
        select $t{，|, } || count(*) || $t{ 项检查未通过| checks failed} from mart_checks where not success
    ) as quality,
    $synthetic as data_kind, (select max(received_at) from mart_deliveries) as last_delivery,
    (select regexp_extract(path, 'releases/([^/]+)/', 1) from duckdb_databases() where path like '%/releases/%' limit 1) as release
from months
