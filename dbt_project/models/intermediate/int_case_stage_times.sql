-- The last turn of each stage of a case, side by side: what the proofs of a case show of its stages.
{% set stages = ['accept', 'verify', 'register', 'dispatch', 'sign', 'contact', 'handle', 'reinspect', 'close'] %}
with last_turns as (
    select
        case_key, stage, due_at, done_at, settled_at, held_work_minutes, holder_code,
        case when not is_missing and not is_impossible then coalesce(done_at, passed_on_at) end as ended_at,
        case when is_impossible then 'impossible' when is_missing then 'missing' end as fault
    from {{ ref('int_case_stages') }}
    where is_last_turn
),

cases as (
    select distinct case_key from last_turns
)

-- a join for each stage: of forty columns each picked out of all the stages of a case by a condition of its own, it costs less
select
    c.case_key,
    {% for stage in stages %}
    {{ stage }}.due_at as {{ stage }}_due_at, {{ stage }}.done_at as {{ stage }}_done_at, {{ stage }}.ended_at as {{ stage }}_ended_at,
    {{ stage }}.settled_at as {{ stage }}_settled_at, {{ stage }}.fault as {{ stage }}_fault,
    {% endfor %}
    handle.held_work_minutes as handle_work_minutes,
    handle.holder_code as handle_holder_code
from cases as c
{% for stage in stages %}
left join last_turns as {{ stage }} on c.case_key = {{ stage }}.case_key and {{ stage }}.stage = '{{ stage }}'
{% endfor %}
