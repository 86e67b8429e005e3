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
    r.operation_key, r.operation_id, r.source_system, {{ succeeded('unit_code') }} as unit_code, {{ succeeded('area_code') }} as area_code, r.operated_on, r.measure,
    r.planned, r.actual, r.unit_of_measure, r.delivery_id, r.source_file, r.source_row,
    {{ succession(['unit_code', 'area_code']) }} as succession
from ranked as r
{{ succession_joins(['unit_code', 'area_code'], 'r.operated_on') }}
where r.version_rank = 1 and not coalesce(r.is_deleted, false)
