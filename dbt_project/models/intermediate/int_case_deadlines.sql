-- Deadlines counted from the category's limits, for every case and stage under one, whether or not its source gives a deadline too.
-- Three clocks: urgent hours and natural days run round the clock; work hours run inside working intervals;
-- N work days end at the close of the last interval of the Nth working day after the start. Suspensions stop each of them.
with targets as (
    select
        l.case_key, l.stage, l.is_case_deadline, l.limit_unit, l.clock_started_at, l.start_unofficial, l.start_position,
        l.start_position + l.allowed + coalesce(p.stood_still, 0) as target,
        coalesce(p.stood_still, 0) > 0 as is_moved_by_suspension
    from {{ ref('int_case_limits') }} as l
    left join {{ ref('int_case_pauses') }} as p on l.case_key = p.case_key and l.stage = p.stage
),

-- the close of the working day with that number
day_closings as (
    select workday_number, closes_at from {{ ref('int_work_days') }} where is_workday
),

found as (
    select
        t.case_key, t.stage, t.is_case_deadline, t.clock_started_at, t.limit_unit, t.is_moved_by_suspension, t.start_unofficial,
        case t.limit_unit
            when 'work_day' then d.closes_at
            when 'work_hour' then case
                when t.target = t.start_position then t.clock_started_at
                else {{ add_seconds('h.starts_at', 't.target - h.seconds_before') }}
            end
            else {{ moment_at('t.target') }}
        end as due_at
    from targets as t
    left join day_closings as d on t.limit_unit = 'work_day' and t.target = d.workday_number
    left join {{ ref('int_work_hours') }} as h
        on
            t.limit_unit = 'work_hour'
            and {{ idiv('t.target - 1', '3600') }} = h.work_hour
            and t.target > h.seconds_before
            and t.target <= h.seconds_before + h.work_seconds
)

select
    f.case_key, f.stage, f.is_case_deadline, f.clock_started_at, f.due_at, f.limit_unit, f.is_moved_by_suspension,
    -- counted over a day of which no official calendar speaks
    f.limit_unit in ('work_day', 'work_hour') and e.unofficial_number > f.start_unofficial - case when s.is_official then 0 else 1 end
        as is_calendar_provisional
from found as f
left join {{ ref('int_work_days') }} as s on cast(f.clock_started_at as date) = s.calendar_date
left join {{ ref('int_work_days') }} as e on cast(f.due_at as date) = e.calendar_date
where f.due_at is not null
