{# What was reported, opened or sent stays so when the case is cancelled afterwards; an invalid one was reported and accepted, no more.
   Duplicates, cases left out after an appeal and impossible ones are in no count but their own. #}
{% set taken_in = "(c.exclusion_reason is null or c.exclusion_reason in ('cancelled', 'invalid'))" %}
{% set valid = "(c.exclusion_reason is null or c.exclusion_reason = 'cancelled')" %}
{# By moment: whose count it is, in which roles, and what is counted. #}
{% set post = [['responsible', 'c.holder_code'], ['area', "coalesce(c.holder_code, '')"]] %}
{% set own = [['holder', 'c.holder_code']] %}
{% set unit = [['responsible', 'c.holder_code'], ['area', 'c.holder_code']] %}
{% set of_unit = "coalesce(c.unit_code, 'unallocated')" %}
{% set accepted = {'accepted': taken_in} %}
{% set dispatched = {'dispatched': valid} %}
{% set dispatch_recorded = {'dispatch_recorded': 'c.has_dispatch and ' ~ valid} %}
{% set families = [
    ['reported_at', 'c.collector_code', post, {
        'received': taken_in,
        'valid_received': valid,
        'validity_recorded': 'c.is_valid is not null and ' ~ taken_in,
        'missed_reports': 'c.is_missed_report and c.exclusion_reason is null',
        'missed_recorded': 'c.is_missed_report is not null and c.exclusion_reason is null',
    }],
    ['registered_at', 'c.collector_code', post, {
        'registered_reports': valid,
        'registered_public': 'c.is_proactive = false and ' ~ valid,
        'origin_recorded': 'c.is_proactive is not null and ' ~ valid,
    }],
    ['registered_at', 'c.shift_leader_code', post, {'opened': valid, 'opened_rightly': 'c.exclusion_reason is null'}],
    ['accepted_at', 'c.acceptor_code', own, accepted],
    ['accepted_at', of_unit, unit, accepted],
    ['dispatched_at', 'c.dispatcher_code', own, dispatched],
    ['dispatched_at', of_unit, unit, dispatched],
    ['registered_at', 'c.dispatcher_code', own, dispatch_recorded],
    ['registered_at', of_unit, unit, dispatch_recorded],
] %}
-- What each post did, by the day it was done: the post's own count and, through the area, that of the city. What stands over or under
-- the registered cases in a rate is counted for the responsible unit too, as they are; the post then has its own count alone.
with cases as (
    -- a source that never tells of the dispatch says nothing about it
    select
        channel, coalesce(area_code, 'unallocated') as area_unit_code, unit_code, exclusion_reason, is_valid, is_missed_report, is_proactive,
        collector_code, acceptor_code, shift_leader_code, dispatcher_code, reported_at, accepted_at, registered_at, dispatched_at,
        count(dispatched_at) over (partition by source) > 0 as has_dispatch
    from {{ ref('int_cases') }}
){% for moment, holder, roles, measures in families %},

{# one pass for all that is counted by a moment and a holder; the roles come in once counted #}
counted_{{ loop.index }} as (
    select
        p.period, {{ holder }} as holder_code, c.area_unit_code, c.channel{% for measure, condition in measures.items() %},
        count(*) filter (where {{ condition }}) as {{ measure }}{% endfor %}

    from cases as c
    inner join {{ ref('stg_period_days') }} as d on cast(c.{{ moment }} as date) = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    where c.{{ moment }} <= p.as_of
    group by p.period, {{ holder }}, c.area_unit_code, c.channel
){% endfor %}

{% for moment, holder, roles, measures in families %}
{% set family = 'counted_' ~ loop.index %}
{% set is_last_family = loop.last %}
{% for role, responsible in roles %}
{% set is_last_role = loop.last %}
{% for measure in measures %}
select
    c.period, '{{ role }}' as role, {{ responsible }} as responsible_code, c.area_unit_code, c.channel,
    '{{ measure }}' as measure, cast(c.{{ measure }} as bigint) as value
from {{ family }} as c
where c.{{ measure }} > 0 and {{ responsible }} is not null
{% if not (is_last_family and is_last_role and loop.last) %}union all{% endif %}
{% endfor %}
{% endfor %}
{% endfor %}
