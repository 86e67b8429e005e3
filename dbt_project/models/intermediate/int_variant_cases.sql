-- What each case is to each variant of a standard indicator that the city's indicators.yaml defines: the day it counts on, its
-- deadline there, whether it stands in the denominator by that rule, and what it adds to the numerator if it does.
with cases as (
    select
        v.indicator, v.variant_of, v.answers_of, v.numerator_answers, v.denominator_answers, v.is_counted_by_case,
        c.case_key, c.case_id, c.channel, coalesce(c.unit_code, 'unallocated') as responsible_code,
        coalesce(c.area_code, 'unallocated') as area_unit_code, c.closed_at, c.handled_at, c.exclusion_reason,
        case v.deadline when 'given' then c.given_due_at when 'computed' then c.computed_due_at else c.due_at end as due_at,
        case
            when v.numerator_answers is null then null
            when v.variant_of = 'resolution_rate' then case when v.answers_of = 'case' then c.is_resolved else b.is_resolved end
            when v.answers_of = 'case' then c.satisfaction
            else b.satisfaction
        end as answer,
        case v.variant_of when 'rework_rate' then c.rework_count when 'extension_rate' then c.extension_count end as times,
        r.as_of as run_as_of, c.delivery_id, c.source_file, c.source_row
    from {{ ref('int_cases') }} as c
    cross join {{ ref('stg_indicator_variants') }} as v
    cross join {{ ref('stg_run') }} as r
    left join {{ ref('int_case_callbacks') }} as b on c.case_key = b.case_key and v.answers_of = b.answers_of
    left join {{ ref('stg_indicator_variant_values') }} as i
        on v.indicator = i.indicator and i.list_name = 'intake' and c.intake = i.value
    where c.exclusion_reason is null and (not v.has_intake or i.value is not null)
),

-- suspensions of the kinds that take a case out of the variant, ended or not
left_out as (
    select distinct v.indicator, s.case_key
    from {{ ref('stg_case_suspensions') }} as s
    inner join {{ ref('stg_indicator_variant_values') }} as v on v.list_name = 'leaves_out' and s.kind = v.value
)

select
    c.indicator, c.variant_of, c.case_key, c.case_id, c.channel, c.responsible_code, c.area_unit_code,
    c.due_at, c.handled_at, c.closed_at, c.exclusion_reason, c.answer, c.times, c.is_counted_by_case,
    cast(case
        when c.numerator_answers is not null then c.closed_at
        when c.due_at is null then null
        when c.closed_at is not null then least(c.closed_at, c.due_at)
        when c.due_at < c.run_as_of then c.due_at
    end as date) as counted_on,
    c.numerator_answers is not null as is_by_answer,
    case c.denominator_answers
        when 'every_closed_case' then true
        when 'every_answer' then c.answer is not null
        when 'listed' then d.value is not null
    end as is_asked,
    case c.numerator_answers when 'listed' then n.value is not null when 'all_but' then c.answer is not null and n.value is null end as is_wanted_answer,
    c.delivery_id, c.source_file, c.source_row
from cases as c
left join left_out as l on c.indicator = l.indicator and c.case_key = l.case_key
left join {{ ref('stg_indicator_variant_values') }} as n
    on c.indicator = n.indicator and n.list_name = 'numerator' and c.answer = n.value
left join {{ ref('stg_indicator_variant_values') }} as d
    on c.indicator = d.indicator and d.list_name = 'denominator' and c.answer = d.value
where l.case_key is null
