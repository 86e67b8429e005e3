-- What is paid under a contract for a month, and what becomes of the bonds of a year, by score and grade; half-up to the fen.
with ranked as (
    select r.*, p.ends_on, p.starts_on
    from {{ ref('rank_units') }} as r
    inner join {{ ref('stg_periods') }} as p on r.period = p.period
),

owed as (
    select
        r.period, r.scheme, r.scheme_version, r.unit_kind, r.unit_code, r.score, r.is_ranked, r.reason_zh, r.reason_en,
        c.contract_id, c.monthly_fee_yuan, t.pays, t.pass_mark, t.yuan_per_point,
        row_number() over (partition by r.period, r.scheme, c.contract_id order by t.tier) as choice
    from ranked as r
    inner join {{ ref('stg_contracts') }} as c
        on
            r.unit_code = c.unit_code and c.valid_from <= r.ends_on and (c.valid_to is null or c.valid_to >= r.starts_on)
    inner join {{ ref('stg_scheme_payments') }} as t
        on
            r.scheme = t.scheme and r.scheme_version = t.scheme_version
            and (t.from_score is null or r.score >= t.from_score)
),

payments as (
    select
        period, scheme, scheme_version, unit_kind, unit_code, 'payment' as kind, contract_id as reference,
        cast(monthly_fee_yuan as decimal(14, 2)) as base_yuan,
        case when is_ranked then cast(pays as decimal(9, 4)) end as share,
        case when is_ranked then {{ money('monthly_fee_yuan', 'pays') }} end as by_tier_yuan,
        case when is_ranked then {{ money('greatest(pass_mark - score, 0)', 'yuan_per_point') }} end as deducted_yuan,
        cast(0 as decimal(14, 2)) as rewarded_yuan, cast(0 as decimal(14, 2)) as forfeited_yuan,
        case when is_ranked then '得分 ' || cast(cast(score as decimal(9, 2)) as string) || '，付月服务费的 ' || cast(cast(pays * 100 as decimal(9, 2)) as string) || '%' else reason_zh end as reason_zh,
        case when is_ranked then 'score ' || cast(cast(score as decimal(9, 2)) as string) || ': ' || cast(cast(pays * 100 as decimal(9, 2)) as string) || ' % of the monthly fee' else reason_en end as reason_en
    from owed
    where choice = 1
),

bonds as (
    select
        r.period, r.scheme, r.scheme_version, r.unit_kind, r.unit_code, 'bond' as kind, b.kind as reference,
        cast(b.amount_yuan as decimal(14, 2)) as base_yuan,
        cast(g.returned as decimal(9, 4)) as share,
        {{ money('b.amount_yuan', 'g.returned') }} as by_tier_yuan,
        cast(0 as decimal(14, 2)) as deducted_yuan,
        {{ money('b.amount_yuan', 'g.rewarded') }} as rewarded_yuan,
        {{ money('b.amount_yuan', '1 - g.returned') }} as forfeited_yuan,
        case when r.is_ranked then '等次为' || r.grade else r.reason_zh end as reason_zh,
        case when r.is_ranked then 'grade ' || r.grade else r.reason_en end as reason_en
    from ranked as r
    inner join (select distinct scheme, scheme_version from {{ ref('stg_scheme_bonds') }}) as s
        on r.scheme = s.scheme and r.scheme_version = s.scheme_version
    inner join {{ ref('stg_bonds') }} as b on r.unit_code = b.unit_code and extract(year from r.ends_on) = b.year
    left join {{ ref('stg_scheme_bonds') }} as g
        on r.scheme = g.scheme and r.scheme_version = g.scheme_version and r.grade = g.grade
)

select
    period, scheme, scheme_version, unit_kind, unit_code, kind, reference, base_yuan, share,
    -- never less than nothing: what a deduction takes beyond the fee is not claimed back
    case when by_tier_yuan is not null then cast(greatest(by_tier_yuan - coalesce(deducted_yuan, 0), 0) + rewarded_yuan as decimal(14, 2)) end as yuan,
    rewarded_yuan, forfeited_yuan, coalesce(deducted_yuan, 0) as deducted_yuan, reason_zh, reason_en
from payments
union all
select
    period, scheme, scheme_version, unit_kind, unit_code, kind, reference, base_yuan, share,
    cast(by_tier_yuan + rewarded_yuan as decimal(14, 2)) as yuan,
    rewarded_yuan, forfeited_yuan, deducted_yuan, reason_zh, reason_en
from bonds
