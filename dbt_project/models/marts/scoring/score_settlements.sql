-- What is paid under a contract for a month, and what becomes of the bonds of a year, by score and grade; half-up to the fen. A contract
-- that names a paying scheme is paid by that one only. In a month of which the contract covers a part, fee (to the fen, before the
-- tier's share) and yuan per point go by its days, or whole where the scheme says so.
with ranked as (
    select r.*, p.ends_on
    from {{ ref('rank_units') }} as r
    inner join {{ ref('stg_periods') }} as p on r.period = p.period
),

paying as (
    select distinct scheme from {{ ref('stg_scheme_payments') }}
),

held as (
    select
        c.contract_id, c.unit_code, c.monthly_fee_yuan, d.period, p.scheme as named_scheme,
        count(*) as days_in_period,
        count(*) filter (where d.day_on >= c.valid_from and (c.valid_to is null or d.day_on <= c.valid_to)) as days_held
    from {{ ref('stg_contracts') }} as c
    cross join {{ ref('stg_period_days') }} as d
    left join paying as p on c.scheme = p.scheme
    where d.period in (select r.period from ranked as r inner join paying as q on r.scheme = q.scheme)
    group by c.contract_id, c.unit_code, c.monthly_fee_yuan, d.period, p.scheme
),

owed as (
    select
        r.period, r.scheme, r.scheme_version, r.unit_kind, r.unit_code, r.score, r.is_ranked, r.reason_zh, r.reason_en,
        c.contract_id, c.monthly_fee_yuan, c.days_held, c.days_in_period, t.part_month, t.pays, t.pass_mark, t.yuan_per_point,
        case t.part_month when 'by_day' then c.days_held else c.days_in_period end as days_paid,
        row_number() over (partition by r.period, r.scheme, c.contract_id order by t.tier) as choice
    from ranked as r
    inner join held as c
        on
            r.period = c.period and r.unit_code = c.unit_code and c.days_held > 0
            and (c.named_scheme is null or r.scheme = c.named_scheme)
    inner join {{ ref('stg_scheme_payments') }} as t
        on
            r.scheme = t.scheme and r.scheme_version = t.scheme_version
            and (t.from_score is null or r.score >= t.from_score)
),

told as (
    select
        *, {{ money('monthly_fee_yuan', '1', 'days_paid', 'days_in_period') }} as fee_yuan,
        case when days_held < days_in_period then
            '；合同本期有效 ' || cast(days_held as string) || '/' || cast(days_in_period as string) || ' 天，'
            || case part_month when 'by_day' then '按天折算' else '按整月付' end
        else '' end as days_zh,
        case when days_held < days_in_period then
            '; contract held ' || cast(days_held as string) || ' of ' || cast(days_in_period as string) || ' days, paid '
            || case part_month when 'by_day' then 'by the day' else 'for the whole month' end
        else '' end as days_en
    from owed
    where choice = 1
),

payments as (
    select
        period, scheme, scheme_version, unit_kind, unit_code, 'payment' as kind, contract_id as reference,
        monthly_fee_yuan, days_held, days_in_period, fee_yuan as base_yuan,
        case when is_ranked then cast(pays as decimal(9, 4)) end as share,
        case when is_ranked then {{ money('fee_yuan', 'pays') }} end as by_tier_yuan,
        case when is_ranked then {{ money('greatest(pass_mark - score, 0)', 'yuan_per_point', 'days_paid', 'days_in_period') }} end as deducted_yuan,
        cast(0 as decimal(14, 2)) as rewarded_yuan, cast(0 as decimal(14, 2)) as forfeited_yuan,
        case when is_ranked then '得分 ' || cast(cast(score as decimal(9, 2)) as string) || '，付月服务费的 ' || cast(cast(pays * 100 as decimal(9, 2)) as string) || '%'
            || case when score < pass_mark and yuan_per_point > 0 then '，低于 ' || {{ written('pass_mark') }} || ' 分的每分另扣 ' || {{ written('yuan_per_point') }} || ' 元' else '' end
            else reason_zh end || days_zh as reason_zh,
        case when is_ranked then 'score ' || cast(cast(score as decimal(9, 2)) as string) || ': ' || cast(cast(pays * 100 as decimal(9, 2)) as string) || ' % of the monthly fee'
            || case when score < pass_mark and yuan_per_point > 0 then ', less ' || {{ written('yuan_per_point') }} || ' yuan for each point below ' || {{ written('pass_mark') }} else '' end
            else reason_en end || days_en as reason_en
    from told
),

bonds as (
    select
        r.period, r.scheme, r.scheme_version, r.unit_kind, r.unit_code, 'bond' as kind, b.kind as reference,
        cast(null as decimal(18, 4)) as monthly_fee_yuan, cast(null as bigint) as days_held, cast(null as bigint) as days_in_period,
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
    period, scheme, scheme_version, unit_kind, unit_code, kind, reference, monthly_fee_yuan, days_held, days_in_period, base_yuan, share,
    -- never less than nothing: what a deduction takes beyond the fee is not claimed back
    case when by_tier_yuan is not null then cast(greatest(by_tier_yuan - coalesce(deducted_yuan, 0), 0) + rewarded_yuan as decimal(14, 2)) end as yuan,
    rewarded_yuan, forfeited_yuan, coalesce(deducted_yuan, 0) as deducted_yuan, reason_zh, reason_en
from payments
union all
select
    period, scheme, scheme_version, unit_kind, unit_code, kind, reference, monthly_fee_yuan, days_held, days_in_period, base_yuan, share,
    cast(by_tier_yuan + rewarded_yuan as decimal(14, 2)) as yuan,
    rewarded_yuan, forfeited_yuan, deducted_yuan, reason_zh, reason_en
from bonds
