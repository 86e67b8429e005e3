-- What is wrong or doubtful in the cases delivered, in words: stages out of order or missing, events of no known type, deadlines of the
-- source that are not those of the limits, deadlines counted over days without an official calendar.
{% set words = {
    'impossible_order': ['环节时序颠倒', 'stage ended before it began'],
    'stage_missing': ['环节缺失', 'stage missing, a later one was passed'],
    'closed_before_reported': ['结案早于上报', 'closed before reported'],
    'unknown_event_type': ['流转类型不明', 'event of no known type'],
    'deadline_given_earlier': ['来源时限早于推算时限', 'deadline given is earlier than the one computed'],
    'deadline_given_later': ['来源时限晚于推算时限', 'deadline given is later than the one computed'],
    'verdict_differs': ['两种时限结论不同（一按期一超期）', 'on time by one deadline, late by the other'],
    'calendar_provisional': ['时限按未公布的日历推算（暂定）', 'deadline over days without an official calendar (provisional)'],
} %}
with faults as (
    select source, channel, stage, problem as fault, case_count, of_count from {{ ref('dq_case_stages') }}
    {% for fault, column in [('deadline_given_earlier', 'given_earlier_count'), ('deadline_given_later', 'given_later_count'), ('verdict_differs', 'verdict_differs_count')] %}
    union all
    select
        source, channel, 'case' as stage, '{{ fault }}' as fault, cast(sum({{ column }}) as bigint) as case_count,
        cast(sum(compared_count) as bigint) as of_count
    from {{ ref('dq_deadlines') }}
    group by source, channel
    {% endfor %}
    union all
    select
        coalesce(source, '') as source, channel, stage, 'calendar_provisional' as fault,
        cast(count(*) filter (where is_calendar_provisional) as bigint) as case_count, cast(count(due_at) as bigint) as of_count
    from {{ ref('int_case_stages') }}
    where is_last_turn
    group by coalesce(source, ''), channel, stage
)

select
    source, channel, stage, fault,
    case fault {% for fault, text in words.items() %}when '{{ fault }}' then '{{ text[0] }}' {% endfor %}end as fault_zh,
    case fault {% for fault, text in words.items() %}when '{{ fault }}' then '{{ text[1] }}' {% endfor %}end as fault_en,
    case_count, of_count
from faults
where case_count > 0
