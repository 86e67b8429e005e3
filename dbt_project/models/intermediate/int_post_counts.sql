{# What was reported, opened or sent stays so when the case is cancelled afterwards; an invalid one was reported and accepted, no more.
   Duplicates, cases left out after an appeal and impossible ones are in no count but their own. #}
{% set taken_in = "(c.exclusion_reason is null or c.exclusion_reason in ('cancelled', 'invalid'))" %}
{% set valid = "(c.exclusion_reason is null or c.exclusion_reason = 'cancelled')" %}
{% set measures = {
    'received': ['reported_at', 'collector_code', taken_in],
    'valid_received': ['reported_at', 'collector_code', valid],
    'validity_recorded': ['reported_at', 'collector_code', 'c.is_valid is not null and ' ~ taken_in],
    'missed_reports': ['reported_at', 'collector_code', 'c.is_missed_report and c.exclusion_reason is null'],
    'missed_recorded': ['reported_at', 'collector_code', 'c.is_missed_report is not null and c.exclusion_reason is null'],
    'accepted': ['accepted_at', 'acceptor_code', taken_in, 'unit_code'],
    'registered_reports': ['registered_at', 'collector_code', valid],
    'opened': ['registered_at', 'shift_leader_code', valid],
    'opened_rightly': ['registered_at', 'shift_leader_code', 'c.exclusion_reason is null'],
    'registered_public': ['registered_at', 'collector_code', 'c.is_proactive = false and ' ~ valid],
    'origin_recorded': ['registered_at', 'collector_code', 'c.is_proactive is not null and ' ~ valid],
    'dispatched': ['dispatched_at', 'dispatcher_code', valid, 'unit_code'],
    'dispatch_recorded': ['registered_at', 'dispatcher_code', 'c.has_dispatch and ' ~ valid, 'unit_code'],
} %}
-- What each post did, by the day it was done: the post's own count and, through the area, that of the city. What stands over or under
-- the registered cases in a rate is counted for the responsible unit too, as they are; the post then has its own count alone.
with cases as (
    -- a source that never tells of the dispatch says nothing about it
    select *, count(dispatched_at) over (partition by source) > 0 as has_dispatch from {{ ref('int_cases') }}
)

{% for measure, rule in measures.items() %}
{% set post = 'c.' ~ rule[1] %}
{% if rule | length == 4 %}
{% set roles = "('responsible'), ('area'), ('holder')" %}
{% set holder = "case roles.role when 'holder' then " ~ post ~ " else coalesce(c." ~ rule[3] ~ ", 'unallocated') end" %}
{% else %}
{% set roles = "('responsible'), ('area')" %}
{% set holder = "case roles.role when 'area' then coalesce(" ~ post ~ ", '') else " ~ post ~ " end" %}
{% endif %}
select
    p.period, roles.role, {{ holder }} as responsible_code, coalesce(c.area_code, 'unallocated') as area_unit_code, c.channel,
    '{{ measure }}' as measure, cast(count(*) as bigint) as value
from cases as c
cross join (values {{ roles }}) as roles (role)
inner join {{ ref('stg_period_days') }} as d on cast(c.{{ rule[0] }} as date) = d.day_on
inner join {{ ref('stg_periods') }} as p on d.period = p.period
where c.{{ rule[0] }} <= p.as_of and ({{ rule[2] }}) and {{ holder }} is not null
group by p.period, roles.role, {{ holder }}, coalesce(c.area_code, 'unallocated'), c.channel
{% if not loop.last %}union all{% endif %}
{% endfor %}
