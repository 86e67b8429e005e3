-- What the standards ask, joined with the registry: is it implemented, is it tested. Not implemented always says why.
with codes as (
    select indicator as code, 'indicator' as code_kind, definition_zh, definition_en from {{ ref('indicators') }}
    union all
    select measure as code, 'measure' as code_kind, measure_zh as definition_zh, measure_en as definition_en from {{ ref('measures') }}
    union all
    -- made for each measure of the work that a city delivers
    select 'plan_completion_rate' as code, 'indicator' as code_kind, '完成量 ÷ 计划量' as definition_zh, 'Actual ÷ planned' as definition_en
)

select
    s.clause, s.standard, s.asks_zh, s.asks_en, s.answered_by, c.code_kind, c.definition_zh, c.definition_en,
    c.code is not null as is_implemented, c.code is not null and coalesce(s.tested_by, '') <> '' as is_tested,
    s.tested_by, coalesce(s.note_zh, '') as note_zh, coalesce(s.note_en, '') as note_en
from {{ ref('standard_clauses') }} as s
left join codes as c on s.answered_by = c.code
