-- Cases whose clock stood still at a period's as-of moment, and whether one of the suspensions then was a deferral.
select
    s.case_key, p.period,
    max(case when k.is_deferral then 1 else 0 end) = 1 as is_deferral
from {{ ref('stg_case_suspensions') }} as s
inner join {{ ref('stg_periods') }} as p
    on s.started_at <= p.as_of and (s.ended_at is null or s.ended_at > p.as_of)
left join {{ ref('suspension_kinds') }} as k on s.kind = k.kind
group by s.case_key, p.period
