-- One row per source, contract and reason of rejection: counts only, no cell of a rejected row.
select source, contract, reason, coalesce(column_name, '') as column_name, min(remedy_$lang) as remedy, count(*) as faults
from mart_rejects
group by source, contract, reason, column_name
