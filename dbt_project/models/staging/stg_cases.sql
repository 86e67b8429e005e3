-- Which version of a case wins is decided by what the record says, never by the order of arrival.
with versions as (
    select
        *,
        source_system || ':' || case_id as case_key,
        coalesce(updated_at, extracted_at) as version_at,
        count(*) over (partition by source_system, case_id) as version_count
    from {{ lake('cases') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by case_key
            order by
                version_at desc nulls last,
                case
                    when version_count > 1
                        then md5(concat_ws('|', status, coalesce(unit_code, '-'), coalesce(area_code, '-'),
                            coalesce(channel, '-'), coalesce(category_code, '-'),
                            coalesce(cast(reported_at as string), '-'), coalesce(cast(registered_at as string), '-'),
                            coalesce(cast(dispatched_at as string), '-'), coalesce(cast(due_at as string), '-'),
                            coalesce(cast(handled_at as string), '-'), coalesce(cast(closed_at as string), '-'),
                            coalesce(cast(cancelled_at as string), '-'), coalesce(cast(rework_count as string), '-'),
                            coalesce(satisfaction, '-'), coalesce(duplicate_of, '-'),
                            coalesce(cast(is_valid as string), '-'), coalesce(cast(is_deleted as string), '-')))
                end desc nulls last,
                delivery_id desc nulls last,
                source_row desc nulls last
        ) as version_rank
    from versions
)

select
    case_key, case_id, source_system, channel, intake, category_code, subcategory_code, area_code, unit_code,
    reported_at, accepted_at, registered_at, dispatched_at, due_at, contacted_at, handled_at, verified_at, closed_at, cancelled_at,
    rework_count, return_count, extension_count, is_valid, is_proactive, is_missed_report, disposal_means,
    collector_code, acceptor_code, shift_leader_code, dispatcher_code, duplicate_of, satisfaction, is_resolved,
    delivery_id, source_file, source_row, version_at
from ranked
where version_rank = 1 and not coalesce(is_deleted, false)
