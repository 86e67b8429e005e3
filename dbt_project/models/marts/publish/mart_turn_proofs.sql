-- The turns of a case that are not in its own row: those before the last, and every turn that a task gave.
with days as (
    select case_key, turn, cast(settled_at as date) as day_on from {{ ref('int_case_stages') }} where stage = 'handle' and (is_task or not is_last_turn)
    union
    select case_key, turn, cast(started_at as date) from {{ ref('int_case_stages') }} where stage = 'handle' and (is_task or not is_last_turn)
    union
    select case_key, turn, cast(coalesce(done_at, passed_on_at) as date)
    from {{ ref('int_case_stages') }}
    where stage = 'handle' and (is_task or not is_last_turn)
),

touched as (
    select distinct t.case_key, t.turn, d.period
    from days as t
    inner join {{ ref('stg_period_days') }} as d on t.day_on = d.day_on
)

select
    t.period, s.case_key, s.case_id, s.channel, s.turn, s.turn_role, s.is_last_turn, s.is_task, s.holder_code as unit_code,
    u.name_zh as unit_name, s.area_unit_code as area_code, s.reported_at, s.started_at, s.due_at, s.done_at, s.passed_on_at, s.settled_at,
    s.is_missing, s.is_impossible, s.held_minutes, s.held_work_minutes, s.delivery_id, s.source_file, s.source_row
from touched as t
inner join {{ ref('int_case_stages') }} as s on t.case_key = s.case_key and t.turn = s.turn and s.stage = 'handle'
left join {{ ref('dim_units') }} as u on s.holder_code = u.unit_code
