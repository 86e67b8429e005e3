-- Competition ranking 1-2-2-4 inside each peer group; who is not ranked keeps a row and a reason.
with ordered as (
    select *, case when is_lowest_best then -score else score end as worth from {{ ref('score_units') }}
),

ranked as (
    select
        *,
        case when is_ranked then cast({{ place('worth', 'highest', 'period, scheme, peer_group, is_ranked') }} as bigint) end as rank,
        case when is_ranked then cast({{ place('worth', 'lowest', 'period, scheme, peer_group, is_ranked') }} as bigint) end as rank_from_end,
        case when is_ranked then cast({{ place('worth', 'highest', 'period, scheme, is_ranked') }} as bigint) end as rank_of_all,
        case when is_ranked then cast({{ place('worth', 'lowest', 'period, scheme, is_ranked') }} as bigint) end as rank_from_end_of_all,
        cast(count(*) filter (where is_ranked) over (partition by period, scheme, peer_group) as bigint) as group_size
    from ordered
),

graded as (
    select
        r.period, r.scheme, r.unit_code, g.grade,
        row_number() over (partition by r.period, r.scheme, r.unit_code order by g.from_score desc nulls last) as choice
    from ranked as r
    inner join {{ ref('stg_scheme_grades') }} as g
        on r.scheme = g.scheme and r.scheme_version = g.scheme_version and r.score >= g.from_score
)

select
    r.period, r.scheme, r.scheme_version, r.unit_kind, r.peer_group, r.unit_code, r.score, r.full_marks,
    r.bonus_counted, r.penalty_counted, r.adjusted_points, r.is_lowest_best,
    r.rank, r.group_size, r.rank_from_end, r.rank_of_all, r.rank_from_end_of_all,
    before.rank as previous_rank, before.rank - r.rank as rank_change,
    r.is_ranked, g.grade, r.reason_code, r.reason_zh, r.reason_en
from ranked as r
inner join {{ ref('stg_periods') }} as p on r.period = p.period
left join ranked as before
    on p.previous_period = before.period and r.scheme = before.scheme and r.unit_code = before.unit_code
left join graded as g
    on r.period = g.period and r.scheme = g.scheme and r.unit_code = g.unit_code and g.choice = 1
