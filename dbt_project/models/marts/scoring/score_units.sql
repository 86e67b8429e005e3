-- A unit's total. Marks of a shared-out item go to the other items in proportion; the table says so.
with totals as (
    select
        period, scheme, scheme_version, unit_kind, peer_group, unit_code,
        cast(sum(points) as decimal(12, 4)) as points,
        cast(sum(full_marks) as decimal(12, 4)) as full_marks,
        cast(sum(case when state = 'scored' then full_marks else 0 end) as decimal(12, 4)) as full_scored,
        count(*) filter (where state = 'not_ranked') as unranked_items,
        count(*) filter (where state = 'shared_out') as shared_items,
        min(case when state = 'not_ranked' then reason_code end) as reason_code,
        min(case when state = 'not_ranked' then reason_zh end) as item_reason_zh,
        min(case when state = 'not_ranked' then reason_en end) as item_reason_en
    from {{ ref('score_items') }}
    group by period, scheme, scheme_version, unit_kind, peer_group, unit_code
)

select
    t.period, t.scheme, t.scheme_version, t.unit_kind, t.peer_group, t.unit_code, t.full_marks,
    t.shared_items,
    case
        -- a score without the data of a late feed would be a wrong one
        when l.unit_code is not null or t.unranked_items > 0 or t.full_scored = 0 then null
        when t.full_scored = t.full_marks then {{ round_by('t.points', 's.total_decimals') }}
        -- points × full ÷ full scored, rounded once, on integers
        else {{ ratio_by('cast(t.points as decimal(9, 2)) * cast(t.full_marks as decimal(7, 2))', 't.full_scored', 's.total_decimals') }}
    end as score,
    l.unit_code is null and t.unranked_items = 0 and t.full_scored > 0 as is_ranked,
    case
        when l.unit_code is not null then 'feed_late'
        when t.unranked_items > 0 then t.reason_code
        when t.full_scored = 0 then 'nothing_to_score'
        when t.shared_items > 0 then 'shared_out'
    end as reason_code,
    case
        when l.unit_code is not null then '不排名：' || l.reason_zh
        when t.unranked_items > 0 then '不排名：' || t.item_reason_zh
        when t.full_scored = 0 then '不排名：无可评分项目'
        when t.shared_items > 0 then cast(t.shared_items as string) || ' 项样本不足，分值已按比例分摊'
    end as reason_zh,
    case
        when l.unit_code is not null then 'not ranked: ' || l.reason_en
        when t.unranked_items > 0 then 'not ranked: ' || t.item_reason_en
        when t.full_scored = 0 then 'not ranked: nothing to score'
        when t.shared_items > 0 then cast(t.shared_items as string) || ' item(s) with too few cases, marks shared out'
    end as reason_en
from totals as t
inner join {{ ref('stg_schemes') }} as s on t.scheme = s.scheme and t.scheme_version = s.scheme_version
left join {{ ref('stg_late_feeds') }} as l on t.period = l.period and t.unit_code = l.unit_code
