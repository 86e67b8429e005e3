-- What the closed cases brought, by the day of closing: contact, call-back and the answer whether the case was solved. The answer is
-- that of the case's own record, else of the last call-back.
with closed as (
    select
        c.case_key, c.channel, c.closed_at, cast(c.closed_at as date) as closed_on,
        coalesce(c.unit_code, 'unallocated') as responsible_code, coalesce(c.area_code, 'unallocated') as area_unit_code,
        c.contacted_at is not null as is_contacted,
        -- a source that never tells of contact, or a city without call-backs, says nothing about them
        count(c.contacted_at) over (partition by c.source) > 0 as has_contact, (select count(*) from {{ ref('int_case_callbacks') }}) > 0 as has_calls, b.case_key is not null as is_called, coalesce(b.was_reached, false) as is_reached,
        coalesce(a.is_assessed, false) as is_assessed, coalesce(a.is_resolved, false) as is_resolved
    from {{ ref('int_cases') }} as c
    left join {{ ref('int_case_callbacks') }} as b on c.case_key = b.case_key and b.answers_of = 'any_callback'
    left join {{ ref('resolution_answers') }} as a on coalesce(c.is_resolved, b.is_resolved) = a.answer
    where c.closed_at is not null and c.exclusion_reason is null
),

counted as (
    select
        p.period, c.responsible_code, c.area_unit_code, c.channel,
        count(*) as closings,
        count(*) filter (where c.is_contacted) as contacted,
        count(*) filter (where c.has_contact) as contact_recorded,
        count(*) filter (where c.has_calls) as callback_recorded,
        count(*) filter (where c.is_called) as called_back,
        count(*) filter (where c.is_reached) as reached,
        count(*) filter (where c.is_assessed) as assessed,
        count(*) filter (where c.is_resolved) as resolved
    from closed as c
    inner join {{ ref('stg_period_days') }} as d on c.closed_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    where c.closed_at <= p.as_of
    group by p.period, c.responsible_code, c.area_unit_code, c.channel
),

-- the roles come in once counted: the count is the same for the unit and for the area
by_role as (
    select roles.role, c.*
    from counted as c
    cross join (values ('responsible'), ('area')) as roles (role)
)

{% for measure in ['closings', 'contacted', 'contact_recorded', 'callback_recorded', 'called_back', 'reached', 'assessed', 'resolved'] %}
select period, role, responsible_code, area_unit_code, channel, '{{ measure }}' as measure, cast({{ measure }} as bigint) as value
from by_role
where {{ measure }} > 0
{% if not loop.last %}union all{% endif %}
{% endfor %}
