{# A unit's total: marks of a shared-out item go to the other items in proportion, bonus and penalty up to their caps, and
   points granted or taken after an appeal; never below zero or above full marks and the bonus; rounded once. #}
{% macro scored_units(level) -%}
with totals as (
    select
        period, scheme, scheme_version, unit_kind, peer_group, unit_code,
        cast(sum(case when part = 'items' then points end) as decimal(12, 4)) as points,
        cast(sum(case when part = 'items' then full_marks end) as decimal(12, 4)) as full_marks,
        cast(sum(case when part = 'items' and state = 'scored' then full_marks else 0 end) as decimal(12, 4)) as full_scored,
        cast(sum(case when part = 'bonus' then points else 0 end) as decimal(12, 4)) as bonus,
        cast(sum(case when part = 'penalty' then points else 0 end) as decimal(12, 4)) as penalty,
        count(*) filter (where state = 'not_ranked') as unranked_items,
        count(*) filter (where state = 'shared_out') as shared_items,
        count(*) filter (where reason_code = 'not_held') as absent_items,
        min(case when state = 'not_ranked' then reason_code end) as reason_code,
        min(case when state = 'not_ranked' then reason_zh end) as item_reason_zh,
        min(case when state = 'not_ranked' then reason_en end) as item_reason_en
    from {{ ref('score_items_' ~ level) }}
    group by period, scheme, scheme_version, unit_kind, peer_group, unit_code
),

granted as (
    select
        period, target_key as scheme, unit_code,
        cast(sum(case kind when 'bonus' then points else -points end) as decimal(12, 4)) as adjusted_points
    from {{ ref('int_adjustments') }}
    where status = 'applied' and kind in ('bonus', 'penalty')
    group by period, target_key, unit_code
),

capped as (
    select
        t.*, s.total_decimals, s.is_lowest_best, coalesce(g.adjusted_points, 0) as adjusted_points, t.full_marks + s.bonus_cap as highest,
        least(t.bonus, s.bonus_cap) as bonus_counted, least(t.penalty, s.penalty_cap) as penalty_counted,
        l.unit_code is not null as is_late, l.reason_zh as late_zh, l.reason_en as late_en,
        -- a score without the data of a late feed would be a wrong one
        l.unit_code is null and t.unranked_items = 0 and t.full_scored > 0 as is_ranked
    from totals as t
    inner join {{ ref('stg_schemes') }} as s on t.scheme = s.scheme and t.scheme_version = s.scheme_version
    left join granted as g on t.period = g.period and t.scheme = g.scheme and t.unit_code = g.unit_code
    left join {{ ref('stg_late_feeds') }} as l on t.period = l.period and t.unit_code = l.unit_code
)

select
    period, scheme, scheme_version, unit_kind, peer_group, unit_code, full_marks, is_lowest_best, shared_items,
    bonus_counted, penalty_counted, adjusted_points,
    case when is_ranked then cast({{ cityeval.from_steps(cityeval.steps(cityeval.within(cityeval.plus(
        cityeval.over(cityeval.times(cityeval.pair('points'), cityeval.pair('full_marks')), cityeval.pair('full_scored')),
        cityeval.pair('bonus_counted - penalty_counted + adjusted_points')
    ), low=['0', '1'], high=cityeval.pair('highest')), cityeval.scale_of('total_decimals')), 'total_decimals') }} as decimal(9, 4)) end as score,
    is_ranked,
    case
        when is_late then 'feed_late'
        when unranked_items > 0 then reason_code
        when full_scored = 0 then 'nothing_to_score'
        when shared_items > 0 then 'shared_out'
    end as reason_code,
    case
        when is_late then '不排名：' || late_zh
        when unranked_items > 0 then '不排名：' || item_reason_zh
        when full_scored = 0 then '不排名：无可评分项目'
        when shared_items > absent_items then cast(shared_items as string) || ' 项样本不足，分值已按比例分摊'
        when shared_items > 0 then cast(shared_items as string) || ' 项本期未开展，分值已按比例分摊'
    end as reason_zh,
    case
        when is_late then 'not ranked: ' || late_en
        when unranked_items > 0 then 'not ranked: ' || item_reason_en
        when full_scored = 0 then 'not ranked: nothing to score'
        when shared_items > absent_items then cast(shared_items as string) || ' item(s) with too few cases, marks shared out'
        when shared_items > 0 then cast(shared_items as string) || ' item(s) not held, marks shared out'
    end as reason_en
from capped
{%- endmacro %}
