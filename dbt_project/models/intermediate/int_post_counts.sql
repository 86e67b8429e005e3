{% set measures = {
    'received': ['reported_at', 'collector_code', "c.exclusion_reason is null or c.exclusion_reason <> 'duplicate'"],
    'valid_received': ['reported_at', 'collector_code', "c.exclusion_reason is null or c.exclusion_reason not in ('duplicate', 'invalid')"],
    'validity_recorded': ['reported_at', 'collector_code', "c.is_valid is not null and (c.exclusion_reason is null or c.exclusion_reason <> 'duplicate')"],
    'missed_reports': ['reported_at', 'collector_code', "c.is_missed_report and c.exclusion_reason is null"],
    'missed_recorded': ['reported_at', 'collector_code', "c.is_missed_report is not null and c.exclusion_reason is null"],
    'accepted': ['accepted_at', 'acceptor_code', "c.exclusion_reason is null or c.exclusion_reason <> 'duplicate'"],
    'registered_reports': ['registered_at', 'collector_code', "c.exclusion_reason is null"],
    'opened': ['registered_at', 'shift_leader_code', "c.exclusion_reason is null or c.exclusion_reason = 'cancelled'"],
    'opened_rightly': ['registered_at', 'shift_leader_code', "c.exclusion_reason is null"],
    'registered_public': ['registered_at', 'collector_code', "c.is_proactive = false and c.exclusion_reason is null"],
    'origin_recorded': ['registered_at', 'collector_code', "c.is_proactive is not null and c.exclusion_reason is null"],
    'dispatched': ['dispatched_at', 'dispatcher_code', "c.exclusion_reason is null"],
    'dispatch_recorded': ['registered_at', 'dispatcher_code', "c.has_dispatch and c.exclusion_reason is null"],
    'dispatched_rightly': ['dispatched_at', 'dispatcher_code', "c.return_count = 0 and c.exclusion_reason is null"],
    'dispatch_return_recorded': ['dispatched_at', 'dispatcher_code', "c.return_count is not null and c.exclusion_reason is null"],
} %}
-- What each post did, by the day it was done: the post's own count and, through the area, that of the city.
with cases as (
    -- a source that never tells of the dispatch says nothing about it
    select *, count(dispatched_at) over (partition by source) > 0 as has_dispatch from {{ ref('int_cases') }}
)

{% for measure, rule in measures.items() %}
select
    p.period, roles.role, case roles.role when 'area' then coalesce(c.{{ rule[1] }}, '') else c.{{ rule[1] }} end as responsible_code,
    coalesce(c.area_code, 'unallocated') as area_unit_code, c.channel,
    '{{ measure }}' as measure, cast(count(*) as bigint) as value
from cases as c
cross join (values ('responsible'), ('area')) as roles (role)
inner join {{ ref('stg_period_days') }} as d on cast(c.{{ rule[0] }} as date) = d.day_on
inner join {{ ref('stg_periods') }} as p on d.period = p.period
where
    c.{{ rule[0] }} <= p.as_of and ({{ rule[2] }}) and (roles.role = 'area' or c.{{ rule[1] }} is not null)
group by p.period, roles.role, case roles.role when 'area' then coalesce(c.{{ rule[1] }}, '') else c.{{ rule[1] }} end, coalesce(c.area_code, 'unallocated'), c.channel
{% if not loop.last %}union all{% endif %}
{% endfor %}
