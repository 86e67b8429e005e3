-- A city evaluates from a day on: of the period in which it lies, only the days from it on count. Of others `counts_from` is blank.
select
    p.period, p.period_type, p.label_zh as period_label_zh,
    cast(p.starts_on as timestamp) as starts_on, cast(p.ends_on as timestamp) as ends_on,
    case when r.evaluates_from > p.starts_on then cast(r.evaluates_from as timestamp) end as counts_from, p.as_of, p.is_complete,
    r.code_version, r.input_hash,
    coalesce(s.scheme_versions, '') as scheme_versions
from {{ ref('stg_periods') }} as p
cross join {{ ref('stg_run') }} as r
left join (
    select period, {{ sorted_csv('scheme_label') }} as scheme_versions
    from (select distinct period, scheme || '@' || scheme_version as scheme_label from {{ ref('score_units') }}) as versions
    group by period
) as s on p.period = s.period
