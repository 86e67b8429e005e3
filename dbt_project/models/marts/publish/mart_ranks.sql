with groups as (
    select distinct peer_group, peer_group_zh from {{ ref('stg_peer_groups') }}
),

-- points change one scheme; a case or finding left out may change every one of the unit
adjusted as (
    select e.period, e.unit_code, s.scheme, {{ sorted_csv('e.adjustment_id') }} as adjustments
    from {{ ref('int_adjustment_effects') }} as e
    inner join (select distinct period, scheme, unit_code from {{ ref('rank_units') }}) as s
        on e.period = s.period and e.unit_code = s.unit_code and (e.kind not in ('bonus', 'penalty') or e.target = s.scheme)
    group by e.period, e.unit_code, s.scheme
)

select
    r.period, p.period_type, r.scheme, h.title_zh as scheme_zh, r.scheme_version, r.unit_kind, r.peer_group,
    coalesce(g.peer_group_zh, r.peer_group) as peer_group_zh, r.unit_code, u.name_zh as unit_name,
    r.score, r.full_marks, r.bonus_counted, r.penalty_counted, r.adjusted_points, a.adjustments, r.is_lowest_best, r.rank, r.group_size, r.previous_rank, r.rank_change, r.is_ranked, r.grade,
    r.reason_code, r.reason_zh, r.reason_en
from {{ ref('rank_units') }} as r
inner join {{ ref('stg_periods') }} as p on r.period = p.period
inner join {{ ref('stg_schemes') }} as h on r.scheme = h.scheme and r.scheme_version = h.scheme_version
inner join {{ ref('dim_units') }} as u on r.unit_code = u.unit_code
left join groups as g on r.peer_group = g.peer_group
left join adjusted as a on r.period = a.period and r.scheme = a.scheme and r.unit_code = a.unit_code
