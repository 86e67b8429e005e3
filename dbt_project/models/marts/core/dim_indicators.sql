-- The registry plus one plan-completion indicator per operation measure that the city delivers.
with operation_measures as (
    select distinct measure from {{ ref('int_operation_counts') }}
)

select
    indicator, indicator_zh, indicator_en, numerator_measure, denominator_measure, time_filter, direction,
    definition_zh, definition_en, standard, kind, nullif(needs_recorded, '') as needs_recorded, false as needs_one_unit,
    'case' as subject
from {{ ref('indicators') }}
union all
select
    'plan_completion_rate' as indicator, '计划完成率' as indicator_zh, 'Plan completion rate' as indicator_en,
    'actual' as numerator_measure, 'planned' as denominator_measure, 'operated_on' as time_filter, 'up' as direction,
    '完成量 ÷ 计划量；计量单位不同的作业不相加，此时为空' as definition_zh,
    'Actual ÷ planned; blank where the work is measured in unlike units, which are never added' as definition_en,
    '' as standard, 'ratio' as kind, cast(null as string) as needs_recorded, true as needs_one_unit, 'operation' as subject
union all
select
    'plan_completion_rate_' || measure as indicator, '计划完成率（' || measure || '）' as indicator_zh,
    'Plan completion rate (' || measure || ')' as indicator_en,
    'actual_' || measure as numerator_measure, 'planned_' || measure as denominator_measure,
    'operated_on' as time_filter, 'up' as direction,
    '完成量 ÷ 计划量，仅限' || measure as definition_zh, 'Actual ÷ planned, ' || measure || ' only' as definition_en,
    '' as standard, 'ratio' as kind, cast(null as string) as needs_recorded, false as needs_one_unit, 'operation' as subject
from operation_measures
