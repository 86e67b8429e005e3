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
)

select
    m.case_key, m.stage, m.limit_unit, m.clock_started_at,
    m.is_case_deadline,
    -- in the unit of the clock: seconds, or whole working days
    case m.limit_unit
        when 'natural_day' then cast(round(m.limit_value * 86400, 0) as bigint)
        when 'work_day' then cast(ceil(m.limit_value) as bigint)
        else cast(round(m.limit_value * 3600, 0) as bigint)
    end as allowed,
    -- what the clock shows at the start
    case m.limit_unit
        when 'work_day' then s.workday_number
        when 'work_hour' then {{ work_seconds_at('m.clock_started_at', 's') }}
        else {{ seconds_at('m.clock_started_at') }}
    end as start_position,
    s.unofficial_number as start_unofficial
from matched as m
left join {{ ref('int_work_segments') }} as s on {{ in_segment('m.clock_started_at', 's') }}
where m.clock_started_at is not null
