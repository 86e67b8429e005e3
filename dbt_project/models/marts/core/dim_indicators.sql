-- The registry, the definitions of the city's indicators.yaml, one plan-completion indicator per operation measure that the city
-- delivers, and one per part (inspected item, question). Only the indicators of cases are there whatever the feeds bring; any
-- other is there only where its denominator was counted and what it needs to be recorded is.
with registry as (
    select
        indicator, indicator_zh, indicator_en, numerator_measure, denominator_measure, time_filter, direction,
        definition_zh, definition_en, standard, kind, nullif(needs_recorded, '') as needs_recorded, subject, contract,
        cast(null as date) as valid_from, cast(null as date) as valid_to
    from {{ ref('indicators') }}
    union all
    select
        indicator, indicator_zh, indicator_en, numerator_measure, denominator_measure, time_filter, direction,
        definition_zh, definition_en, standard, kind, needs_recorded, 'stage' as subject, 'cases' as contract, valid_from, valid_to
    from {{ ref('stg_city_indicators') }}
),

counted as (
    select measure, max(case when is_reported then 1 else 0 end) = 1 as is_reported from {{ ref('kpi_counts') }}
    group by measure
),

operation_measures as (
    select distinct measure from {{ ref('int_operation_counts') }}
),

parts as (
    select distinct measure, part from {{ ref('int_record_counts') }} where part is not null
)

select
    r.indicator, r.indicator_zh, r.indicator_en, r.numerator_measure, r.denominator_measure, r.time_filter, r.direction,
    r.definition_zh, r.definition_en, r.standard, r.kind, r.needs_recorded, false as needs_one_unit, r.subject,
    r.contract, r.valid_from, r.valid_to
from registry as r
left join counted as d on r.denominator_measure = d.measure
left join counted as n on r.numerator_measure = n.measure
left join counted as k on r.needs_recorded = k.measure
where r.subject = 'case' or (d.measure is not null and (r.needs_recorded is null or k.measure is not null or n.is_reported))
union all
select
    r.indicator || '_' || m.part as indicator, r.indicator_zh || '（' || m.part || '）' as indicator_zh,
    r.indicator_en || ' (' || m.part || ')' as indicator_en,
    r.numerator_measure || '_' || m.part as numerator_measure, r.denominator_measure || '_' || m.part as denominator_measure,
    r.time_filter, r.direction, r.definition_zh || '，仅限' || m.part as definition_zh,
    r.definition_en || ', ' || m.part || ' only' as definition_en, r.standard, r.kind, r.needs_recorded,
    false as needs_one_unit, r.subject, r.contract, r.valid_from, r.valid_to
from registry as r
inner join parts as m on r.denominator_measure = m.measure
where r.subject = 'record'
union all
select
    'plan_completion_rate' as indicator, '计划完成率' as indicator_zh, 'Plan completion rate' as indicator_en,
    'actual' as numerator_measure, 'planned' as denominator_measure, 'operated_on' as time_filter, 'up' as direction,
    '完成量 ÷ 计划量；计量单位不同的作业不相加，此时为空' as definition_zh,
    'Actual ÷ planned; blank where the work is measured in unlike units, which are never added' as definition_en,
    '' as standard, 'ratio' as kind, cast(null as string) as needs_recorded, true as needs_one_unit, 'operation' as subject,
    'operations' as contract, cast(null as date) as valid_from, cast(null as date) as valid_to
union all
select
    'plan_completion_rate_' || measure as indicator, '计划完成率（' || measure || '）' as indicator_zh,
    'Plan completion rate (' || measure || ')' as indicator_en,
    'actual_' || measure as numerator_measure, 'planned_' || measure as denominator_measure,
    'operated_on' as time_filter, 'up' as direction,
    '完成量 ÷ 计划量，仅限' || measure as definition_zh, 'Actual ÷ planned, ' || measure || ' only' as definition_en,
    '' as standard, 'ratio' as kind, cast(null as string) as needs_recorded, false as needs_one_unit, 'operation' as subject,
    'operations' as contract, cast(null as date) as valid_from, cast(null as date) as valid_to
from operation_measures
