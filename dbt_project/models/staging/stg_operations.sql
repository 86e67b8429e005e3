with versions as (
    select
        *,
        source_system || ':' || operation_id as operation_key,
        coalesce(updated_at, extracted_at) as version_at
    from {{ lake('operations') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by operation_key
            order by
                version_at desc nulls last,
                md5(concat_ws('|', unit_code, coalesce(area_code, '-'), cast(operated_on as string), measure,
                    coalesce(cast(planned as string), '-'), coalesce(cast(actual as string), '-'))) desc nulls last,
                delivery_id desc nulls last,
                source_row desc nulls last
        ) as version_rank
    from versions
)

select
    operation_key, operation_id, source_system, unit_code, area_code, operated_on, measure,
    planned, actual, unit_of_measure, delivery_id, source_file, source_row
from ranked
where version_rank = 1 and not coalesce(is_deleted, false)
