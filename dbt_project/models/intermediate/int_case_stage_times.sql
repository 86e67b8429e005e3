-- The last turn of each stage of a case, side by side: what the proofs of a case show of its stages.
{% set stages = ['accept', 'verify', 'register', 'dispatch', 'sign', 'contact', 'handle', 'reinspect', 'close'] %}
select
    case_key,
    {% for stage in stages %}
    max(due_at) filter (where stage = '{{ stage }}') as {{ stage }}_due_at,
    max(done_at) filter (where stage = '{{ stage }}') as {{ stage }}_done_at,
    max(coalesce(done_at, passed_on_at)) filter (where stage = '{{ stage }}' and not is_missing and not is_impossible) as {{ stage }}_ended_at,
    max(settled_at) filter (where stage = '{{ stage }}') as {{ stage }}_settled_at,
    max(case when is_impossible then 'impossible' when is_missing then 'missing' end) filter (where stage = '{{ stage }}') as {{ stage }}_fault,
    {% endfor %}
    max(held_work_minutes) filter (where stage = 'handle') as handle_work_minutes,
    max(holder_code) filter (where stage = 'handle') as handle_holder_code
from {{ ref('int_case_stages') }}
where is_last_turn
group by case_key
