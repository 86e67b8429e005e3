-- One row per month: which publication the page reads.
with $units,
-- One row per month with a feed that came late: the units that it holds back name it, after "late", in brackets.
late as (
    select period, string_agg(distinct regexp_extract(reason_$lang, '[（(](.*)[)）]', 1), $t{；|; }) as feeds, count(distinct unit_code) as held
    from mart_ranks where reason_code = 'feed_late' group by period
),
found as (
    select
        count(distinct (suite, check_name)) filter (where severity = 'fail') as stops,
        count(distinct (suite, check_name)) filter (where severity <> 'fail') as warns
    from mart_checks where not success
),
rows_in as (select sum(accepted) as accepted, sum(rejected) as rejected, sum(row_count) as row_count, max(received_at) as last_delivery from mart_deliveries)
select
    m.month, m.period, m.state_label || case when m.version > 0 then $t{ · 第 | · version } || m.version || $t{ 版|} else '' end as state, m.as_of,
    printf('%.2f', 100.0 * r.accepted / nullif(r.row_count, 0)) || $t{% 的行接收（拒收 | % of rows accepted (} || r.rejected || $t{ 行）| rejected)}
        || case when f.stops > 0 then $t{，|, } || f.stops || $t{ 项检查未通过| checks failed} else '' end
        || case when f.warns > 0 then $t{，|, } || f.warns || $t{ 项检查有提示| with a warning} else '' end as quality,
    $synthetic as data_kind, r.last_delivery,
    coalesce(l.feeds || $t{，|, } || l.held || $t{ 个单位因此未排名| units not ranked}, $t{无|none}) as late,
    (select regexp_extract(path, 'releases/([^/]+)/', 1) from duckdb_databases() where path like '%/releases/%' limit 1) as release
from months as m
cross join found as f
cross join rows_in as r
left join late as l on m.period = l.period
