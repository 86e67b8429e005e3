-- The proof table: who is charged with a case, in which role and stage, and everything a count needs.
with roles as (
    select *, coalesce(unit_code, 'unallocated') as responsible_code, coalesce(area_code, 'unallocated') as area_unit_code
    from {{ ref('int_cases') }}
),

-- a source that never tells of a closing says nothing about what is still open
closing_sources as (
    select distinct coalesce(source, '') as source from {{ ref('int_cases') }} where closed_at is not null
)

select
    r.case_key, r.case_id, r.source_system, r.source, r.channel, r.category_code, r.subcategory_code,
    roles.role, 'close' as stage,
    case roles.role when 'responsible' then r.responsible_code else r.area_unit_code end as unit_code,
    r.responsible_code, r.area_unit_code,
    r.reported_at, r.registered_at, r.dispatched_at, r.due_at, r.due_source, r.is_calendar_provisional, r.handled_at, r.closed_at, r.settled_at,
    cast(r.reported_at as date) as reported_on,
    cast(r.registered_at as date) as registered_on,
    cast(r.closed_at as date) as closed_on,
    cast(r.settled_at as date) as settled_on,
    r.rework_count, r.return_count, r.extension_count, r.suspension_count, r.disposal_means, r.is_evaluated, r.is_satisfied, r.exclusion_reason,
    f.source is not null as is_closing_recorded,
    r.delivery_id, r.source_file, r.source_row
from roles as r
cross join (values ('responsible'), ('area')) as roles (role)
left join closing_sources as f on coalesce(r.source, '') = f.source
