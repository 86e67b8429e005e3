-- One row per source, contract and reason of rejection: counts only, no cell of a rejected row.
select $name{source|source} as source, $name{reason|reason} as fault, $name{column|contract || '/' || column_name} as column_name, min(remedy_$lang) as remedy, count(*) as faults
from mart_rejects
group by all
