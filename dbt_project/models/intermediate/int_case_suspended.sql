-- Cases whose clock stood still at a period's as-of moment.
select distinct s.case_key, p.period
from {{ ref('stg_case_suspensions') }} as s
inner join {{ ref('stg_periods') }} as p
    on s.started_at <= p.as_of and (s.ended_at is null or s.ended_at > p.as_of)
