-- One row per delivery. Of the whole city, about feeds and not about units: shown to all roles.
select
    cast(date_trunc('month', coalesce(extracted_at, received_at)) as timestamp) as month, $name{source|source} as source, file, row_count, accepted, repaired, rejected,
    received_at, case when alerts = '[]' then '' else alerts end as alerts
from mart_deliveries
