with groups as (
    select distinct peer_group, peer_group_zh from {{ ref('stg_peer_groups') }}
)

select
    s.period, s.scheme, h.title_zh as scheme_zh, s.scheme_version, s.unit_kind, s.peer_group,
    coalesce(g.peer_group_zh, s.peer_group) as peer_group_zh, s.unit_code, u.name_zh as unit_name,
    s.item, i.item_zh, i.item_en, s.part, s.item_order, s.source_kind, s.indicator, s.channel,
    s.numerator, s.denominator, s.rate, s.points, s.full_marks, s.points_lost, s.rule, s.state,
    s.reason_code, s.reason_zh, s.reason_en
from {{ ref('score_items') }} as s
inner join {{ ref('stg_schemes') }} as h on s.scheme = h.scheme and s.scheme_version = h.scheme_version
inner join {{ ref('stg_scheme_items') }} as i
    on s.scheme = i.scheme and s.scheme_version = i.scheme_version and s.item = i.item
inner join {{ ref('dim_units') }} as u on s.unit_code = u.unit_code
left join groups as g on s.peer_group = g.peer_group
