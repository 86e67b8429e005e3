-- Points by item, with the reason in words. The rate is rounded as the scheme says before it is scored.
with candidates as (
    select
        p.period, p.ends_on, s.scheme, s.scheme_version, s.unit_kind, s.compare_within,
        s.item_decimals, s.rate_decimals, u.unit_code
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
),

measured as (
    select
        c.period, c.scheme, c.scheme_version, c.unit_kind, c.unit_code, c.item_decimals,
        case when c.compare_within = 'peer_group' then g.peer_group else 'all' end as peer_group,
        i.item, i.item_order, i.indicator, i.channel, i.full_marks, i.is_complement, i.needs_at_least, i.otherwise,
        k.numerator, k.denominator,
        k.reason_code as blank_code, k.reason_zh as blank_zh, k.reason_en as blank_en,
        case
            when k.rate is null then null
            else case c.rate_decimals
            when 2 then {{ ratio('k.numerator', 'k.denominator', 2) }}
            when 3 then {{ ratio('k.numerator', 'k.denominator', 3) }}
            when 4 then {{ ratio('k.numerator', 'k.denominator', 4) }}
            else k.rate end
        end as rate
    from candidates as c
    inner join {{ ref('stg_scheme_items') }} as i on c.scheme = i.scheme and c.scheme_version = i.scheme_version
    left join {{ ref('kpi_indicators') }} as k
        on c.period = k.period and c.unit_code = k.unit_code and i.channel = k.channel and i.indicator = k.indicator
    left join {{ ref('stg_peer_groups') }} as g
        on
            c.unit_code = g.unit_code
            and g.valid_from <= c.ends_on
            and (g.valid_to is null or g.valid_to >= c.ends_on)
),

stated as (
    select
        *,
        case
            when rate is not null and denominator >= needs_at_least then 'scored'
            when otherwise = 'share_out' then 'shared_out'
            else 'not_ranked'
        end as state,
        least(case when is_complement then 1 - rate else rate end, cast(1 as decimal(18, 6))) as share
    from measured
),

scored as (
    select
        *,
        -- the exact product of two decimals, rounded half-up; a share below zero earns nothing
        case when state = 'scored' then {{ round_by('greatest(cast(share as decimal(10, 6)), 0) * cast(full_marks as decimal(7, 2))', 'item_decimals') }} end as points
    from stated
)

select
    period, scheme, scheme_version, unit_kind, coalesce(peer_group, 'none') as peer_group, unit_code, item, item_order,
    indicator, channel, numerator, denominator, cast(rate as decimal(18, 6)) as rate, points, full_marks,
    cast(full_marks - points as decimal(9, 4)) as points_lost, state,
    case
        when state = 'scored' and points = full_marks then 'full_marks'
        when state = 'scored' then 'share'
        when rate is null then coalesce(blank_code, 'zero_denominator')
        else 'small_sample'
    end as reason_code,
    case
        when state = 'scored' then
            cast(cast(numerator as bigint) as string) || ' ÷ ' || cast(cast(denominator as bigint) as string)
            || ' = ' || cast(cast(rate * 100 as decimal(18, 2)) as string) || '%，得 ' || cast(cast(points as decimal(9, 2)) as string)
            || ' / ' || cast(cast(full_marks as decimal(9, 2)) as string) || ' 分'
        when rate is null then coalesce(blank_zh, '分母为零') || '，无法评分'
        else '样本 ' || cast(cast(denominator as bigint) as string) || ' 少于规定的 ' || cast(needs_at_least as string)
    end as reason_zh,
    case
        when state = 'scored' then
            cast(cast(numerator as bigint) as string) || ' of ' || cast(cast(denominator as bigint) as string)
            || ' = ' || cast(cast(rate * 100 as decimal(18, 2)) as string) || ' %: ' || cast(cast(points as decimal(9, 2)) as string)
            || ' of ' || cast(cast(full_marks as decimal(9, 2)) as string) || ' points'
        when rate is null then coalesce(blank_en, 'denominator is zero') || ': cannot be scored'
        else 'sample of ' || cast(cast(denominator as bigint) as string) || ' is below the ' || cast(needs_at_least as string) || ' required'
    end as reason_en
from scored
