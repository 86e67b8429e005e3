-- The registry plus one plan-completion indicator per operation measure that the city delivers, and one per part (inspected item,
-- question). An indicator of other records than cases is there only where something was counted for it.
with operation_measures as (
    select distinct measure from {{ ref('int_operation_counts') }}
),

record_registry as (
    select * from {{ ref('indicators') }}
    where time_filter in ('scored_on', 'rectify_due_at', 'answered_on', 'recorded_at')
),

record_measures as (
    select distinct measure, part from {{ ref('int_record_counts') }}
    union
    select distinct measure, cast(null as string) as part from {{ ref('int_reported_counts') }}
)

select
    indicator, indicator_zh, indicator_en, numerator_measure, denominator_measure, time_filter, direction,
    definition_zh, definition_en, standard, kind, nullif(needs_recorded, '') as needs_recorded, false as needs_one_unit,
    'case' as subject
from {{ ref('indicators') }}
where indicator not in (select indicator from record_registry)
union all
select
    i.indicator || coalesce('_' || m.part, '') as indicator, i.indicator_zh || coalesce('（' || m.part || '）', '') as indicator_zh,
    i.indicator_en || coalesce(' (' || m.part || ')', '') as indicator_en,
    i.numerator_measure || coalesce('_' || m.part, '') as numerator_measure,
    i.denominator_measure || coalesce('_' || m.part, '') as denominator_measure,
    i.time_filter, i.direction, i.definition_zh || coalesce('，仅限' || m.part, '') as definition_zh,
    i.definition_en || coalesce(', ' || m.part || ' only', '') as definition_en, i.standard, i.kind,
    nullif(i.needs_recorded, '') as needs_recorded, false as needs_one_unit, 'record' as subject
from record_registry as i
inner join record_measures as m on i.denominator_measure = m.measure
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
