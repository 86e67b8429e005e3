-- Counts before they climb the tree of units.
with charged as (
    -- one of the two charges of a case: the count is the same for the unit and for the area
    select
        case_key, responsible_code, area_unit_code, channel, reported_at, registered_at, due_at, handled_at, closed_at,
        reported_on, registered_on, closed_on, settled_on, exclusion_reason, is_calendar_provisional, is_closing_recorded,
        rework_count, return_count, extension_count, suspension_count, disposal_means, is_evaluated, is_satisfied
    from {{ ref('int_case_charges') }}
    where role = 'responsible'
),

settled as (
    select
        p.period, c.responsible_code, c.area_unit_code, c.channel,
        count(*) filter (where {{ is_due_to_close() }}) as due_to_close,
        count(*) filter (where {{ is_due_to_close() }} and {{ is_closed() }}) as closed,
        count(*) filter (where {{ is_due_to_close() }} and {{ is_on_time() }}) as closed_on_time,
        count(*) filter (where {{ is_due_to_close() }} and {{ is_overdue() }}) as closed_overdue,
        count(*) filter (where {{ is_due_to_close() }} and c.is_calendar_provisional) as calendar_provisional,
        count(*) filter (where {{ is_due_to_close() }} and not {{ is_closed() }}) as overdue_open,
        count(*) filter (where {{ is_due_to_close() }} and {{ is_closed() }} and c.handled_at is null) as handling_time_unknown,
        sum(case when {{ is_due_to_close() }} then coalesce(c.rework_count, 0) else 0 end) as reworked,
        count(*) filter (where {{ is_due_to_close() }} and c.rework_count is not null) as rework_recorded,
        sum(case when {{ is_due_to_close() }} then coalesce(c.extension_count, 0) else 0 end) as extended,
        count(*) filter (where {{ is_due_to_close() }} and c.extension_count is not null) as extension_recorded,
        sum(case when {{ is_due_to_close() }} then coalesce(c.return_count, 0) else 0 end) as returned,
        count(*) filter (where {{ is_due_to_close() }} and c.return_count is not null) as return_recorded,
        sum(case when {{ is_due_to_close() }} then coalesce(c.suspension_count, 0) else 0 end) as suspensions,
        count(*) filter (where {{ is_due_to_close() }} and {{ is_closed() }} and c.disposal_means is not null) as means_recorded,
        count(*) filter (where {{ is_due_to_close() }} and {{ is_closed() }} and c.disposal_means = 'service') as by_service,
        count(*) filter (where {{ is_due_to_close() }} and {{ is_closed() }} and c.disposal_means = 'management') as by_management,
        count(*) filter (where {{ is_due_to_close() }} and {{ is_closed() }} and c.disposal_means = 'enforcement') as by_enforcement,
        count(*) filter (where {{ is_settled() }} and {{ is_suspended() }}) as suspended,
        count(*) filter (where {{ is_settled() }} and {{ is_suspended() }} and s.is_deferral) as deferred
    from charged as c
    inner join {{ ref('stg_period_days') }} as d on c.settled_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    left join {{ ref('int_case_suspended') }} as s on c.case_key = s.case_key and p.period = s.period
    where c.exclusion_reason is null
    group by p.period, c.responsible_code, c.area_unit_code, c.channel
),

reported as (
    select
        p.period, c.responsible_code, c.area_unit_code, c.channel,
        count(*) filter (where c.exclusion_reason is null) as reported,
        count(*) filter (where c.exclusion_reason is null and c.is_closing_recorded and not {{ is_closed() }}) as not_closed,
        count(*) filter (where c.exclusion_reason is null and c.is_closing_recorded) as closing_recorded,
        count(*) filter (where c.exclusion_reason is null and c.due_at is null) as no_deadline,
        count(*) filter (where c.exclusion_reason = 'duplicate') as duplicates,
        count(*) filter (where c.exclusion_reason = 'cancelled') as cancelled,
        count(*) filter (where c.exclusion_reason = 'invalid') as invalid,
        count(*) filter (where c.exclusion_reason in ('cancelled', 'invalid')) as excluded,
        count(*) filter (where c.exclusion_reason = 'appeal') as appealed,
        count(*) filter (where c.exclusion_reason = 'impossible_order') as impossible_order
    from charged as c
    inner join {{ ref('stg_period_days') }} as d on c.reported_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    where c.reported_at <= p.as_of
    group by p.period, c.responsible_code, c.area_unit_code, c.channel
),

registered as (
    select p.period, c.responsible_code, c.area_unit_code, c.channel, count(*) as registered
    from charged as c
    inner join {{ ref('stg_period_days') }} as d on c.registered_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    -- opened after review, whatever became of it: accurate registration is what was not cancelled afterwards
    where c.registered_at <= p.as_of and (c.exclusion_reason is null or c.exclusion_reason = 'cancelled')
    group by p.period, c.responsible_code, c.area_unit_code, c.channel
),

answered as (
    select
        p.period, c.responsible_code, c.area_unit_code, c.channel,
        count(*) filter (where c.is_evaluated) as evaluated,
        count(*) filter (where c.is_satisfied) as satisfied
    from charged as c
    inner join {{ ref('stg_period_days') }} as d on c.closed_on = d.day_on
    inner join {{ ref('stg_periods') }} as p on d.period = p.period
    where c.is_evaluated and c.closed_at <= p.as_of and c.exclusion_reason is null
    group by p.period, c.responsible_code, c.area_unit_code, c.channel
),

{% for family in ['settled', 'reported', 'registered', 'answered'] %}
{{ family }}_by_role as (
    select roles.role, c.*
    from {{ family }} as c
    cross join (values ('responsible'), ('area')) as roles (role)
){% if not loop.last %},{% endif %}

{% endfor %}
{% set keys = 'period, role, responsible_code, area_unit_code, channel' %}
{% for family, measures in [
    ('settled', ['due_to_close', 'closed', 'closed_on_time', 'closed_overdue', 'calendar_provisional', 'overdue_open', 'handling_time_unknown', 'reworked', 'rework_recorded', 'extended', 'extension_recorded', 'returned', 'return_recorded', 'suspensions', 'means_recorded', 'by_service', 'by_management', 'by_enforcement', 'suspended', 'deferred']),
    ('reported', ['reported', 'not_closed', 'closing_recorded', 'no_deadline', 'duplicates', 'cancelled', 'invalid', 'excluded', 'impossible_order', 'appealed']),
    ('registered', ['registered']),
    ('answered', ['evaluated', 'satisfied']),
] %}
{% for measure in measures %}
select {{ keys }}, '{{ measure }}' as measure, cast({{ measure }} as bigint) as value from {{ family }}_by_role where {{ measure }} > 0
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% if not loop.last %}union all{% endif %}
{% endfor %}
