-- What the life of the cases leaves open: stages out of order or missing, cases closed before they were reported, events of no known
-- type. None of them is in a figure of its stage.
{% for problem, flag in [('impossible_order', 'is_impossible'), ('stage_missing', 'is_missing')] %}
select
    coalesce(source, '') as source, channel, stage, '{{ problem }}' as problem,
    cast(count(*) filter (where {{ flag }}) as bigint) as case_count, cast(count(*) as bigint) as of_count
from {{ ref('int_case_stages') }}
group by coalesce(source, ''), channel, stage
union all
{% endfor %}
select
    coalesce(source, '') as source, channel, 'close' as stage, 'closed_before_reported' as problem,
    cast(count(*) filter (where exclusion_reason = 'impossible_order') as bigint) as case_count, cast(count(*) as bigint) as of_count
from {{ ref('int_cases') }}
group by coalesce(source, ''), channel
union all
select
    c.source_system as source, c.channel, 'log' as stage, 'unknown_event_type' as problem,
    cast(count(*) filter (where c.unknown_events > 0) as bigint) as case_count, cast(count(*) as bigint) as of_count
from {{ ref('int_case_times') }} as c
group by c.source_system, c.channel
