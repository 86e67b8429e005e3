-- How fresh the records behind a period's figures are, and how much of what was delivered with them was rejected. Of several sources the
-- one that lags most speaks. Fresh is the moment at which a source took its last extract; where it does not say, its newest record.
with case_days as (
    select distinct channel, delivery_id, cast(reported_at as date) as day_on from {{ ref('int_cases') }}
    union
    select distinct channel, delivery_id, cast(closed_at as date) as day_on from {{ ref('int_cases') }}
    where closed_at is not null
),

work_days as (
    select distinct o.delivery_id, o.operated_on as day_on
    from {{ ref('stg_operations') }} as o
    cross join {{ ref('stg_run') }} as r
    where cast(o.operated_on as timestamp) <= r.as_of
),

brought as (
    select d.period, c.channel, c.delivery_id, max(c.day_on) as newest_on
    from case_days as c
    inner join {{ ref('stg_period_days') }} as d on c.day_on = d.day_on
    group by d.period, c.channel, c.delivery_id
    union all
    select d.period, 'all' as channel, c.delivery_id, max(c.day_on) as newest_on
    from case_days as c
    inner join {{ ref('stg_period_days') }} as d on c.day_on = d.day_on
    group by d.period, c.delivery_id
    union all
    select d.period, 'all' as channel, w.delivery_id, max(w.day_on) as newest_on
    from work_days as w
    inner join {{ ref('stg_period_days') }} as d on w.day_on = d.day_on
    group by d.period, w.delivery_id
    union all
    select period, 'all' as channel, delivery_id, max(occurred_on) as newest_on
    from {{ ref('int_records') }}
    where record_kind <> 'operation'
    group by period, delivery_id
    union all
    select c.period, 'all' as channel, c.delivery_id, max(p.ends_on) as newest_on
    from {{ ref('int_reported_counts') }} as c
    inner join {{ ref('stg_periods') }} as p on c.period = p.period
    group by c.period, c.delivery_id
),

extracts as (
    select source, contract, max(extracted_at) as extracted_at
    from {{ ref('stg_deliveries') }}
    where state = 'accepted'
    group by source, contract
),

newest as (
    select d.source, d.contract, max(b.newest_on) as newest_on
    from brought as b
    inner join {{ ref('stg_deliveries') }} as d on b.delivery_id = d.delivery_id
    group by d.source, d.contract
),

sources as (
    select e.source, e.contract, coalesce(e.extracted_at, cast(n.newest_on as timestamp)) as fresh_at
    from extracts as e
    inner join newest as n on e.source = n.source and e.contract = n.contract
)

select
    b.period, d.contract, b.channel,
    min(s.fresh_at) as fresh_at,
    cast(count(*) as bigint) as delivery_count,
    cast(sum(d.accepted + d.rejected) as bigint) as row_count,
    cast(sum(d.rejected) as bigint) as rejected_count
from brought as b
inner join {{ ref('stg_deliveries') }} as d on b.delivery_id = d.delivery_id
left join sources as s on d.source = s.source and d.contract = s.contract
group by b.period, d.contract, b.channel
