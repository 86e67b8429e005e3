-- Which limit a case is under and when its clock started. The limit is the one in force on the day of report, for handling before
-- closing; a limit that names no stage starts at the moment that the feed declares.
with matched as (
    select
        c.case_key, l.limit_value, l.limit_unit,
        case coalesce(l.clock_start, f.clock_starts_at, 'reported_at')
            when 'accepted_at' then c.accepted_at
            when 'registered_at' then c.registered_at
            when 'dispatched_at' then c.dispatched_at
            else c.reported_at
        end as clock_started_at,
        row_number() over (
            partition by c.case_key
            order by case l.stage when 'handle' then 0 else 1 end, l.valid_from desc nulls last
        ) as choice
    from {{ ref('stg_cases') }} as c
    left join {{ ref('stg_deliveries') }} as d on c.delivery_id = d.delivery_id
    left join {{ ref('stg_sources') }} as f on d.source = f.source
    inner join {{ ref('stg_stage_limits') }} as l
        on
            c.channel = l.channel
            and c.category_code = l.category_code
            and l.stage in ('handle', 'close')
            and cast(c.reported_at as date) >= l.valid_from
            and (l.valid_to is null or cast(c.reported_at as date) <= l.valid_to)
)

select
    m.case_key, m.limit_unit, m.clock_started_at,
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
where m.choice = 1 and m.clock_started_at is not null
