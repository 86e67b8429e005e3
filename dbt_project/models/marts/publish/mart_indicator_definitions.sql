-- An indicator of a part (an operation, an item, a question) answers the clauses of the indicator that it is a part of.
with answers as (
    select i.indicator, {{ sorted_csv('s.clause') }} as clauses
    from {{ ref('dim_indicators') }} as i
    inner join {{ ref('standard_clauses') }} as s
        on
            i.indicator = s.answered_by
            or (i.subject in ('operation', 'record') and substr(i.indicator, 1, length(s.answered_by) + 1) = s.answered_by || '_')
    group by i.indicator
)

select
    i.indicator, i.indicator_zh, i.indicator_en, i.numerator_measure, i.denominator_measure, i.time_filter, i.direction,
    i.definition_zh, i.definition_en, i.standard, a.clauses
from {{ ref('dim_indicators') }} as i
left join answers as a on i.indicator = a.indicator
