{# Points by item, with the reason in words. The rate is rounded as the scheme says before it is scored; then the piece of the
   item's rule that the value falls in gives the points, exactly, and they are rounded once. #}
{% macro scored_items(level) -%}
with candidates as (
    select
        p.period, p.starts_on, p.ends_on, s.scheme, s.scheme_version, s.unit_kind, s.item_decimals, s.rate_decimals, u.unit_code,
        case when s.compare_within = 'peer_group' then g.peer_group else 'all' end as peer_group
    from {{ ref('stg_periods') }} as p
    inner join {{ ref('stg_schemes') }} as s
        on
            p.period_type = s.period_type
            and p.ends_on >= s.valid_from
            and (s.valid_to is null or p.ends_on <= s.valid_to)
    inner join {{ ref('dim_units') }} as u
        on
            s.unit_kind = u.unit_kind
            and u.is_ranked
            and (u.valid_from is null or u.valid_from <= p.ends_on)
            and (u.valid_to is null or u.valid_to >= p.ends_on)
    left join {{ ref('stg_peer_groups') }} as g
        on
            u.unit_code = g.unit_code
            and g.valid_from <= p.ends_on
            and (g.valid_to is null or g.valid_to >= p.ends_on)
    where s.level = {{ level }} and (s.only_group is null or g.peer_group = s.only_group)
),

entries as (
    select
        c.period, c.starts_on, c.ends_on, c.unit_kind, c.item_decimals, c.rate_decimals, c.unit_code, c.peer_group,
        i.*, a.period is not null as is_not_held
    from candidates as c
    inner join {{ ref('stg_scheme_items') }} as i on c.scheme = i.scheme and c.scheme_version = i.scheme_version
    left join {{ ref('stg_scheme_absences') }} as a
        on c.scheme = a.scheme and c.scheme_version = a.scheme_version and i.item = a.item and c.period = a.period
),

{% if level > 0 %}
scores_below as (
    {{ cityeval.scores_below(level) }}
),

nested as (
    select
        e.period, e.scheme, e.item, e.unit_code,
        cast(sum(b.score) as decimal(18, 4)) as score, cast(sum(b.full_marks) as decimal(18, 4)) as full_marks, count(*) as parts
    from entries as e
    inner join scores_below as b on e.source_name = b.scheme
    left join {{ ref('stg_unit_ancestors') }} as a on b.unit_code = a.unit_code and e.unit_code = a.ancestor_code
    where
        e.source_kind = 'scheme'
        and case e.over
            when 'periods' then b.unit_code = e.unit_code and b.starts_on >= e.starts_on and b.ends_on <= e.ends_on
            when 'children' then b.period = e.period and a.ancestor_code is not null and b.unit_code <> e.unit_code
            else b.period = e.period and b.unit_code = e.unit_code
        end
    group by e.period, e.scheme, e.item, e.unit_code
),
{% endif %}

files as (
    select period, unit_code, item_code, count(*) as files from {{ ref('stg_evidence') }} group by period, unit_code, item_code
),

valued as (
    select
        e.*, m.value as measured, k.reason_code as blank_code, k.reason_zh as blank_zh, k.reason_en as blank_en,
        case e.source_kind
            when 'indicator' then k.numerator
            when 'measure' then coalesce(m.value, case when e.source_name <> 'reworked' or r.value is not null then e.none_counts_as end)
            when 'evidence' then coalesce(f.files, 0)
            {% if level > 0 %}when 'scheme' then n.score{% endif %}
        end as numerator,
        case e.source_kind when 'indicator' then k.denominator {% if level > 0 %}when 'scheme' then n.full_marks{% endif %} end as denominator,
        case e.source_kind
            when 'indicator' then k.denominator {% if level > 0 %}when 'scheme' then n.parts{% endif %}
        end as sample_size,
        e.source_kind = 'indicator' and k.rate is null as is_blank,
        e.needs_evidence is not null and coalesce(f.files, 0) = 0 as is_unproven
    from entries as e
    left join {{ ref('kpi_indicators') }} as k
        on
            e.source_kind = 'indicator'
            and e.period = k.period and e.unit_code = k.unit_code and e.channel = k.channel and e.source_name = k.indicator
    left join {{ ref('kpi_counts') }} as m
        on
            e.source_kind = 'measure'
            and e.period = m.period and e.unit_code = m.unit_code and e.channel = m.channel and e.source_name = m.measure
    -- a feed that never records rework says nothing about it
    left join {{ ref('kpi_counts') }} as r
        on
            e.source_kind = 'measure' and e.source_name = 'reworked' and r.measure = 'rework_recorded'
            and e.period = r.period and e.unit_code = r.unit_code and e.channel = r.channel
    left join files as f
        on
            e.period = f.period and e.unit_code = f.unit_code
            and coalesce(e.needs_evidence, e.source_name) = f.item_code
            and (e.needs_evidence is not null or e.source_kind = 'evidence')
    {% if level > 0 %}
    left join nested as n
        on e.period = n.period and e.scheme = n.scheme and e.item = n.item and e.unit_code = n.unit_code
    {% endif %}
),

-- events: the points that they come to, dearer from some event of one case on
events as (
    select
        v.period, v.scheme, v.item, v.unit_code,
        cast(sum(t.adds * case when t.from_nth = 1 then v.numerator else coalesce(x.events, 0) end) as decimal(18, 4)) as event_points
    from valued as v
    inner join {{ ref('stg_scheme_event_tiers') }} as t
        on v.scheme = t.scheme and v.scheme_version = t.scheme_version and v.item = t.item
    left join {{ ref('int_case_repeats') }} as x
        on
            v.period = x.period and v.unit_code = x.unit_code and v.channel = x.channel and v.source_name = x.measure
            and t.from_nth = x.from_nth
    group by v.period, v.scheme, v.item, v.unit_code
),

rated as (
    select
        v.*, e.event_points,
        v.source_kind in ('indicator', 'scheme') as is_rate,
        {{ cityeval.scale_of('v.rate_decimals') }} as rate_scale,
        case when v.source_kind in ('indicator', 'scheme') and not v.is_blank and v.denominator > 0 then
            {{ cityeval.steps(cityeval.over(cityeval.pair('v.numerator'), cityeval.pair('v.denominator')), cityeval.scale_of('v.rate_decimals')) }}
        end as rate_steps
    from valued as v
    left join events as e
        on v.period = e.period and v.scheme = e.scheme and v.item = e.item and v.unit_code = e.unit_code
),

counted as (
    select
        *,
        case when is_rate then rate_steps when rule = 'per_event' then {{ cityeval.pair('event_points')[0] }} else {{ cityeval.pair('numerator')[0] }} end as x_n,
        case when is_rate then rate_scale else {{ cityeval.wide('10000') }} end as x_d
    from rated
),

stated as (
    select
        *,
        case
            when part <> 'items' then 'scored'
            when is_not_held then 'shared_out'
            when x_n is not null and (sample_size is null or sample_size >= needs_at_least) then 'scored'
            when otherwise = 'share_out' then 'shared_out'
            else 'not_ranked'
        end as state,
        x_n is null or coalesce(sample_size < needs_at_least, false) or is_not_held as is_without_value
    from counted
),

scored as (
    select
        s.*,
        case
            when s.state <> 'scored' then null
            when s.is_without_value or s.is_unproven then cast(0 as decimal(12, 4))
            else {{ cityeval.from_steps(cityeval.steps(cityeval.plus(
                [cityeval.wide('g.intercept_n'), cityeval.wide('g.intercept_d')],
                cityeval.times([cityeval.wide('g.slope_n'), cityeval.wide('g.slope_d')], ['s.x_n', 's.x_d'])
            ), cityeval.scale_of('s.item_decimals')), 's.item_decimals') }}
        end as points
    from stated as s
    left join {{ ref('stg_scheme_pieces') }} as g
        on
            s.scheme = g.scheme and s.scheme_version = g.scheme_version and s.item = g.item
            and (
                g.low_n is null or {{ cityeval.less(['g.low_n', 'g.low_d'], ['s.x_n', 's.x_d']) }}
                or (g.is_closed_below and {{ cityeval.at_most(['g.low_n', 'g.low_d'], ['s.x_n', 's.x_d']) }})
            )
            and (
                g.high_n is null or {{ cityeval.less(['s.x_n', 's.x_d'], ['g.high_n', 'g.high_d']) }}
                or (not g.is_closed_below and {{ cityeval.at_most(['s.x_n', 's.x_d'], ['g.high_n', 'g.high_d']) }})
            )
),

told as (
    select
        *,
        -- what it cost: a deduction its points, a bonus that was not earned nothing
        cast(case part when 'penalty' then points when 'bonus' then points - points else full_marks - points end as decimal(9, 4)) as points_lost,
        case
            when is_not_held then 'not_held'
            when state = 'scored' and is_unproven then 'no_evidence'
            when is_rate and x_n is null then coalesce(blank_code, case when source_kind = 'scheme' then 'no_score_below' else 'zero_denominator' end)
            when x_n is null then 'not_measured'
            when is_without_value then 'small_sample'
            when part = 'items' and points = full_marks then 'full_marks'
            else rule
        end as reason_code,
        case when is_rate then cast(cast(cast(rate_steps as decimal(24, 6)) / rate_scale * 100 as decimal(18, 4)) as decimal(18, 2)) end as percent
    from scored
)

select
    period, scheme, scheme_version, unit_kind, coalesce(peer_group, 'none') as peer_group, unit_code, part, item, item_order,
    source_kind, source_name as indicator, channel, rule,
    cast(numerator as decimal(18, 4)) as numerator, cast(denominator as decimal(18, 4)) as denominator,
    case when is_rate then cast(cast(rate_steps * (1000000 // rate_scale) as decimal(24, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6)) end as rate,
    cast(points as decimal(9, 4)) as points, full_marks, points_lost, state, reason_code,
    case
        when reason_code = 'not_held' then item_zh || '：本期未开展，分值分摊'
        when reason_code = 'no_evidence' then item_zh || '：缺少佐证材料（' || needs_evidence || '），不得分'
        when reason_code = 'no_score_below' then item_zh || '：所依据的考评没有得分'
        when reason_code = 'not_measured' then item_zh || '：没有计数'
        when reason_code = 'small_sample' then '样本 ' || {{ cityeval.written('sample_size') }} || ' 少于规定的 ' || cast(needs_at_least as string)
        when is_without_value then coalesce(blank_zh, '分母为零') || '，无法评分'
        else
            item_zh || ' '
            || case
                when is_rate then {{ cityeval.written('numerator') }} || ' ÷ ' || {{ cityeval.written('denominator') }} || ' = ' || cast(percent as string) || '%'
                    || coalesce('（目标 ' || {{ cityeval.written('target * 100') }} || '%）', '')
                else {{ cityeval.written('numerator') }} || coalesce('（目标 ' || {{ cityeval.written('target') }} || '）', '')
            end
            || case part when 'penalty' then '，扣 ' when 'bonus' then '，加 ' else '，得 ' end
            || cast(cast(points as decimal(9, 2)) as string) || ' / ' || cast(cast(full_marks as decimal(9, 2)) as string) || ' 分'
    end as reason_zh,
    case
        when reason_code = 'not_held' then item_en || ': not held in this period, marks shared out'
        when reason_code = 'no_evidence' then item_en || ': no evidence file (' || needs_evidence || '), no points'
        when reason_code = 'no_score_below' then item_en || ': the scores it rests on are missing'
        when reason_code = 'not_measured' then item_en || ': nothing was counted'
        when reason_code = 'small_sample' then 'sample of ' || {{ cityeval.written('sample_size') }} || ' is below the ' || cast(needs_at_least as string) || ' required'
        when is_without_value then coalesce(blank_en, 'denominator is zero') || ': cannot be scored'
        else
            item_en || ' '
            || case
                when is_rate then cast(percent as string) || ' %' || coalesce(' of ' || {{ cityeval.written('target * 100') }} || ' %', '')
                    || ' (' || {{ cityeval.written('numerator') }} || ' of ' || {{ cityeval.written('denominator') }} || ')'
                else {{ cityeval.written('numerator') }} || coalesce(' of ' || {{ cityeval.written('target') }}, '')
            end
            || ': '
            || case
                when part = 'penalty' then '−' || {{ cityeval.written('points') }}
                when part = 'bonus' then '+' || {{ cityeval.written('points') }}
                when points = full_marks then 'full ' || {{ cityeval.written('full_marks') }}
                else '−' || {{ cityeval.written('points_lost') }} || ' of ' || {{ cityeval.written('full_marks') }}
            end
    end as reason_en
from told
{%- endmacro %}
