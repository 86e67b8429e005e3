-- What each answer adds to the counts. An answer without words (not asked, does not apply) is in no count; words that the
-- registry of answers does not know are counted as unread, never as satisfied or not.
with answered as (
    select
        r.*, coalesce(a.is_evaluated, false) as is_evaluated, coalesce(a.is_satisfied, false) as is_satisfied,
        coalesce(a.is_dont_know, false) as is_dont_know, a.answer is null as is_unread,
        row_number() over (
            partition by r.source_system, r.survey_id, r.response_id
            order by r.question_code nulls last, r.record_key nulls last
        ) as place
    from {{ ref('stg_responses') }} as r
    left join {{ ref('satisfaction_answers') }} as a on r.answer = a.answer
    where r.answer is not null
),

measured as (
    select *, 'survey_responses' as measure from answered
    where place = 1
    union all
    select *, 'survey_asked' as measure from answered
    where is_evaluated or is_dont_know
    union all
    select *, 'survey_answered' as measure from answered
    where is_evaluated
    union all
    select *, 'survey_satisfied' as measure from answered
    where is_satisfied
    union all
    select *, 'survey_dont_know' as measure from answered
    where is_dont_know
    union all
    select *, 'survey_unread' as measure from answered
    where is_unread
)

select
    d.period, 'survey_answer' as record_kind, m.record_key, coalesce(m.unit_code, m.area_code, 'unallocated') as unit_code, m.area_code,
    case when m.measure <> 'survey_responses' then m.question_code end as part, m.measure, cast(1 as decimal(18, 4)) as value,
    m.answered_on as occurred_on, m.succession, m.delivery_id, m.source_file, m.source_row
from measured as m
inner join {{ ref('stg_period_days') }} as d on m.answered_on = d.day_on
inner join {{ ref('stg_periods') }} as p on d.period = p.period
where cast(m.answered_on as timestamp) <= p.as_of
