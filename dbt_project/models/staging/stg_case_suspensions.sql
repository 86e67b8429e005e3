with versions as (
    select
        source_system || ':' || case_id as case_key,
        kind, started_at, ended_at, coalesce(is_deleted, false) as is_deleted, delivery_id, source_row,
        coalesce(updated_at, extracted_at) as version_at
    from {{ lake('case_suspensions') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by case_key, kind, started_at
            order by version_at desc nulls last, ended_at desc nulls last, delivery_id desc nulls last, source_row desc nulls last
        ) as version_rank
    from versions
)

select case_key, kind, started_at, ended_at
from ranked
where version_rank = 1 and not is_deleted
