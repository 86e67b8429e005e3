{# What each stage adds to the counts: by the day it fell due, by the day it ended, by the day of the report. #}
{% set keys = 'period, role, responsible_code, area_unit_code, channel, stage' %}
{% set grouped = 'c.holder_code, c.is_last_turn, c.area_unit_code, c.channel, c.stage' %}
-- Counts of stages before they climb the tree of units. The last turn counts for the unit or post that held it, for the area and for
-- whoever is above either; a turn before it counts for its own holder alone, so that above a case is there once. Whoever passes a case
-- on inside its deadline is not due; after it, overdue. Tasks are counted as tasks: each of a case, for its holder, the area and above.
with charged as (
    select
        case_key, holder_code, is_last_turn, area_unit_code, channel, stage, due_at, done_at, passed_on_at, reported_at,
        is_missing, is_impossible, is_calendar_provisional, return_count, held_minutes, held_work_minutes,
        cast(settled_at as date) as settled_on, cast(coalesce(done_at, passed_on_at) as date) as ended_on,
        cast(reported_at as date) as reported_on
    from {{ ref('int_case_stages') }}
    where holder_code is not null or is_last_turn
),

fell_due as (
    select c.*, p.period, p.as_of
    from charged as c
    inner join {{ ref('stg_period_days') }} as d on c.settled_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    where c.done_at <= p.as_of
    union all
    -- of the open ones, the few, those whose clock stands still are not due
    select c.*, p.period, p.as_of
    from charged as c
    inner join {{ ref('stg_period_days') }} as d on c.settled_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    left join {{ ref('int_case_suspended') }} as s on c.case_key = s.case_key and p.period = s.period
    where c.due_at < p.as_of and not coalesce(c.done_at <= p.as_of, false) and s.case_key is null
),

settled as (
    select
        c.period, {{ grouped }},
        count(*) as due,
        count(*) filter (where c.done_at <= c.as_of) as done,
        count(*) filter (where c.done_at <= c.as_of and c.done_at <= c.due_at) as on_time,
        count(*) filter (where c.done_at <= c.as_of and c.done_at > c.due_at) as overdue_done,
        count(*) filter (where not coalesce(c.done_at <= c.as_of, false)) as overdue_open,
        count(*) filter (where c.done_at <= c.as_of and c.return_count = 0) as done_rightly,
        count(*) filter (where c.return_count is not null) as return_recorded,
        count(*) filter (where c.is_calendar_provisional) as due_provisional
    from fell_due as c
    group by c.period, {{ grouped }}
),

ended as (
    select
        p.period, {{ grouped }},
        count(*) as ended,
        count(*) filter (where c.done_at is not null and c.due_at is not null) as ended_with_limit,
        count(*) filter (where c.done_at <= c.due_at) as ended_on_time,
        count(*) filter (where c.done_at is not null and c.is_calendar_provisional) as ended_provisional,
        cast(sum(c.held_minutes) as bigint) as held_minutes,
        cast(sum(c.held_work_minutes) as bigint) as held_work_minutes
    from charged as c
    inner join {{ ref('stg_period_days') }} as d on c.ended_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    where not c.is_missing and not c.is_impossible and coalesce(c.done_at, c.passed_on_at) <= p.as_of
    group by p.period, {{ grouped }}
),

faults as (
    select
        p.period, {{ grouped }},
        count(*) filter (where c.is_impossible) as impossible,
        count(*) filter (where c.is_missing) as missing
    from charged as c
    inner join {{ ref('stg_period_days') }} as d on c.reported_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    where (c.is_impossible or c.is_missing) and c.reported_at <= p.as_of
    group by p.period, {{ grouped }}
),

tasks as (
    select
        p.period, s.holder_code, true as is_last_turn, s.area_unit_code, s.channel, s.stage,
        count(*) as tasks,
        count(*) filter (where s.passed_on_at <= p.as_of) as tasks_returned
    from {{ ref('int_case_stages') }} as s
    inner join {{ ref('stg_period_days') }} as d on cast(s.started_at as date) = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    where s.stage = 'handle' and s.is_task and s.started_at <= p.as_of
    group by p.period, s.holder_code, s.area_unit_code, s.channel, s.stage
),

-- the roles come in once counted: the count is the same for the holder and for the area
{% for family in ['settled', 'ended', 'faults', 'tasks'] %}
{{ family }}_by_role as (
    select
        c.*, case when c.is_last_turn then roles.role else 'holder' end as role,
        case roles.role when 'area' then coalesce(c.holder_code, '') else c.holder_code end as responsible_code
    from {{ family }} as c
    cross join (values ('responsible'), ('area')) as roles (role)
    where (roles.role = 'responsible' and c.holder_code is not null) or (roles.role = 'area' and c.is_last_turn)
),

{% endfor %}
long as (
    {% for family, measures in [('settled', ['due', 'done', 'on_time', 'overdue_done', 'overdue_open', 'due_provisional']), ('ended', ['ended', 'held_minutes', 'held_work_minutes']), ('faults', ['impossible', 'missing'])] %}
    {% for measure in measures %}
    select {{ keys }}, '{{ measure }}' as measure, cast({{ measure }} as bigint) as value from {{ family }}_by_role
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
)

select period, role, responsible_code, area_unit_code, channel, stage || '_' || measure as measure, value
from long
where value > 0
{% set base = ['period', 'role', 'responsible_code', 'area_unit_code', 'channel'] | join(', ') %}
{% for measure, family, column, stage in [
    ('dispatched_rightly', 'settled', 'done_rightly', 'dispatch'),
    ('dispatch_return_recorded', 'settled', 'return_recorded', 'dispatch'),
    ('opened_with_limit', 'ended', 'ended_with_limit', 'register'),
    ('opened_on_time', 'ended', 'ended_on_time', 'register'),
    ('opened_with_limit_provisional', 'ended', 'ended_provisional', 'register'),
    ('tasks', 'tasks', 'tasks', ''),
    ('tasks_returned', 'tasks', 'tasks_returned', ''),
] %}
union all
select {{ base }}, '{{ measure }}' as measure, cast({{ column }} as bigint) as value
from {{ family }}_by_role
where {{ column }} > 0{% if stage %} and stage = '{{ stage }}'{% endif %}

{% endfor %}
