-- One row per source.
select $name{source|source} as source, count(*) as deliveries, sum(row_count) as row_count, sum(accepted) as accepted, sum(repaired) as repaired,
    sum(rejected) as rejected, sum(out_of_scope) as out_of_scope, max(received_at) as last_delivery
from mart_deliveries
group by all
