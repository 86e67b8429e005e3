-- Where a source gives a deadline and a limit gives another: how often they agree, and what that changes.
with compared as (
    select
        coalesce(source, '') as source, channel, coalesce(category_code, '') as category_code, due_source,
        given_due_at, computed_due_at, handled_at,
        {{ seconds_between('given_due_at', 'computed_due_at') }} as apart_seconds
    from {{ ref('int_cases') }}
    where exclusion_reason is null
)

select
    source, channel, category_code,
    cast(count(*) as bigint) as case_count,
    cast(count(*) filter (where due_source = 'given') as bigint) as given_count,
    cast(count(*) filter (where due_source = 'computed') as bigint) as computed_count,
    cast(count(*) filter (where due_source is null) as bigint) as no_deadline_count,
    cast(count(*) filter (where apart_seconds is not null) as bigint) as compared_count,
    cast(count(*) filter (where abs(apart_seconds) < 60) as bigint) as equal_count,
    cast(count(*) filter (where apart_seconds <= -60) as bigint) as given_later_count,
    cast(count(*) filter (where apart_seconds >= 60) as bigint) as given_earlier_count,
    -- on time by the one deadline and late by the other
    cast(count(*) filter (where (handled_at <= given_due_at) <> (handled_at <= computed_due_at)) as bigint) as verdict_differs_count
from compared
group by source, channel, category_code
