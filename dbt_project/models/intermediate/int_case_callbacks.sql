-- The last call-back of a case by each side, and by whoever called last; one that reached nobody is a call but has no answers.
with calls as (
    select
        c.source_system || ':' || c.case_id as case_key, c.record_key, c.called_at, coalesce(c.is_reached, true) as is_reached,
        case when coalesce(c.is_reached, true) then c.satisfaction end as satisfaction,
        case when coalesce(c.is_reached, true) then c.is_resolved end as is_resolved, o.answers_of
    from {{ ref('stg_callbacks') }} as c
    cross join {{ ref('stg_run') }} as r
    inner join (values ('own', 'own_callback'), ('province', 'province_callback'), ('own', 'any_callback'), ('province', 'any_callback')) as o (origin, answers_of)
        on coalesce(c.origin, 'own') = o.origin
    where c.called_at <= r.as_of
),

ranked as (
    select
        *,
        max(case when is_reached then 1 else 0 end) over (partition by case_key, answers_of) = 1 as was_reached,
        row_number() over (
            partition by case_key, answers_of
            order by case when is_reached then 0 else 1 end asc, called_at desc nulls last, record_key asc nulls last
        ) as choice
    from calls
)

select case_key, answers_of, called_at, was_reached, satisfaction, is_resolved
from ranked
where choice = 1
