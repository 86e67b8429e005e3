-- What each inspection score adds to the counts: its points and its full marks. A score counts in every period that holds
-- the whole of the period it was given for.
with scored as (
    select s.*, b.starts_on, b.ends_on
    from {{ ref('stg_inspection_scores') }} as s
    inner join {{ ref('stg_periods') }} as b on s.period = b.period
)

select
    p.period, 'inspection_score' as record_kind, s.record_key, s.unit_code, cast(null as string) as area_code,
    s.item_code as part, m.measure,
    cast(case m.measure when 'inspected_score' then s.score else s.full_score end as decimal(18, 4)) as value,
    s.starts_on as occurred_on, cast(null as string) as succession, s.delivery_id, s.source_file, s.source_row
from scored as s
inner join {{ ref('stg_periods') }} as p on p.starts_on <= s.starts_on and p.ends_on >= s.ends_on
cross join (values ('inspected_score'), ('inspected_full_score')) as m (measure)
where cast(s.starts_on as timestamp) <= p.as_of
