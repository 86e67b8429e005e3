-- Which limits a case is under, stage by stage, and when their clocks started. A limit is the one in force on the day of report. One
-- that names no start begins, for handling and closing, at the moment that the feed declares, for any other stage with the end of the
-- stage before. The case's own deadline is that of handling, else that of closing.
with reported as (
    select distinct channel, category_code, cast(reported_at as date) as reported_on from {{ ref('int_case_times') }}
),

-- chosen by day and category, not by case: there are far fewer
chosen as (
    select
        r.channel, r.category_code, r.reported_on, l.stage, l.limit_value, l.limit_unit, l.clock_start,
        row_number() over (partition by r.channel, r.category_code, r.reported_on, l.stage order by l.valid_from desc nulls last) as choice,
        l.stage in ('handle', 'close') and row_number() over (
            partition by r.channel, r.category_code, r.reported_on
            order by case l.stage when 'handle' then 0 when 'close' then 1 else 2 end asc, l.valid_from desc nulls last
        ) = 1 as is_case_deadline
    from reported as r
    inner join {{ ref('stg_stage_limits') }} as l
        on
            r.channel = l.channel
            and r.category_code = l.category_code
            and r.reported_on >= l.valid_from
            and (l.valid_to is null or r.reported_on <= l.valid_to)
),

matched as (
    select
        c.case_key, l.stage, l.limit_value, l.limit_unit, l.is_case_deadline,
        case
            coalesce(
                l.clock_start,
                case l.stage
                    when 'accept' then 'reported_at'
                    when 'verify' then 'accepted_at'
                    when 'register' then 'accepted_at'
                    when 'dispatch' then 'registered_at'
                    when 'reinspect' then 'handled_at'
                end,
                f.clock_starts_at, 'reported_at'
            )
            when 'accepted_at' then c.accepted_at
            when 'registered_at' then c.registered_at
            when 'dispatched_at' then c.dispatched_at
            when 'handled_at' then c.handled_at
            else c.reported_at
        end as clock_started_at
    from {{ ref('int_case_times') }} as c
    inner join chosen as l
        on c.channel = l.channel and c.category_code = l.category_code and cast(c.reported_at as date) = l.reported_on
    left join {{ ref('stg_deliveries') }} as d on c.delivery_id = d.delivery_id
    left join {{ ref('stg_sources') }} as f on d.source = f.source
    where l.choice = 1
),

-- the working day in which a part of a day is counted: the one after the whole days
placed as (
    select
        m.case_key, m.stage, m.limit_value, m.limit_unit, m.is_case_deadline, m.clock_started_at,
        floor(m.limit_value) as whole, m.limit_value - floor(m.limit_value) as part,
        s.workday_number, s.unofficial_number,
        {{ work_seconds_at('m.clock_started_at', 's') }} as work_position,
        case
            -- no working day at all is no part of one either: due at once, also from a rest day or an evening
            when m.limit_unit = 'work_day' and (m.limit_value > floor(m.limit_value) or m.limit_value = 0)
                then s.workday_number + cast(floor(m.limit_value) as bigint)
        end as last_whole_number
    from matched as m
    left join {{ ref('int_work_segments') }} as s on {{ in_segment('m.clock_started_at', 's') }}
    where m.clock_started_at is not null
),

work_days as (
    select workday_number, seconds_before, work_seconds from {{ ref('int_work_days') }} where is_workday
)

select
    p.case_key, p.stage,
    case when p.last_whole_number is null then p.limit_unit else 'work_hour' end as limit_unit,
    p.clock_started_at, p.is_case_deadline,
    -- in the unit of the clock: seconds, or whole working days
    case
        -- Part of a working day is that part of its working hours: half a day from the start (0.5), or from the close of the last
        -- whole day (1.5). It runs on the clock of working hours, and never ends later than the next whole day would.
        when p.last_whole_number is not null then
            case when p.whole = 0 then 0 else w.seconds_before + w.work_seconds - p.work_position end
            + case when p.part = 0 then 0 else cast(round(p.part * n.work_seconds, 0) as bigint) end
        when p.limit_unit = 'natural_day' then cast(round(p.limit_value * 86400, 0) as bigint)
        when p.limit_unit = 'work_day' then cast(round(p.limit_value, 0) as bigint)
        else cast(round(p.limit_value * 3600, 0) as bigint)
    end as allowed,
    -- what the clock shows at the start
    case
        when p.limit_unit = 'work_hour' or p.last_whole_number is not null then p.work_position
        when p.limit_unit = 'work_day' then p.workday_number
        else {{ seconds_at('p.clock_started_at') }}
    end as start_position,
    p.unofficial_number as start_unofficial
from placed as p
left join work_days as w on p.last_whole_number = w.workday_number
left join work_days as n on p.last_whole_number + 1 = n.workday_number
