-- One row per month, indicator and widest unit the reader may see: the city, and each district for who sees only districts.
with $units,
-- One row per month, unit, indicator and target: the month's own, else that of its year.
aims as (
    select
        m.period, t.unit_code, t.indicator, t.target, t.direction,
        row_number() over (partition by m.period, t.unit_code, t.indicator order by length(t.period) desc) as choice
    from months as m
    inner join mart_target_progress as t on t.is_rate and t.period in (m.period, left(m.period, 4))
),
figures as (
    select
        m.month, i.period, m.months_back, u.unit_name, u.unit_code, u.unit_kind, u.district_code, i.indicator, i.indicator_$lang as indicator_name,
        i.numerator, i.denominator, cast(i.rate as double) as rate,
        cast(round(100 * (i.rate - b.rate), 1) as decimal(9, 1)) as change,
        cast(round(100 * abs(i.rate - a.target), 1) as decimal(9, 1)) as distance,
        a.target, a.direction,
        case a.direction when 'up' then i.numerator >= a.target * i.denominator else i.numerator <= a.target * i.denominator end as is_met,
        $num{i.numerator} || ' / ' || $num{i.denominator} as num_of_den,
        case when i.wilson_low is not null
            then printf('%.1f', 100 * i.wilson_low) || '–' || printf('%.1f', 100 * i.wilson_high) || '%' end as wilson,
        d.definition_$lang as definition
    from mart_indicators as i
    inner join months as m on i.period = m.period
    inner join units as u on i.unit_code = u.unit_code
    left join months as before on before.months_back = m.months_back + 1
    left join mart_indicators as b
        on before.period = b.period and i.unit_code = b.unit_code and i.channel = b.channel and i.indicator = b.indicator
    left join aims as a on i.period = a.period and i.unit_code = a.unit_code and i.indicator = a.indicator and a.choice = 1
    left join mart_indicator_definitions as d on i.indicator = d.indicator
    where u.unit_kind in ('city', 'district') and i.rate is not null
        and i.indicator in ('on_time_closure_rate', 'closure_rate', 'rework_rate', 'satisfaction_rate')
        and i.channel = case when i.indicator = 'satisfaction_rate' then 'hotline' else 'all' end
),
told as (
    select
        *, $t{目标|Target} || case direction when 'up' then ' ≥ ' else ' ≤ ' end || cast(cast(100 * target as decimal(9, 1)) as varchar) || '%' as aim
    from figures
)
select
    month, period, months_back, unit_name, unit_code, unit_kind, district_code, indicator, indicator_name, numerator, denominator, rate, num_of_den,
    case
        when change is null then $t{无上月数据|No figure last month}
        when change > 0 then '▲ ' || change || $t{ 个百分点（较上月）| points on last month}
        when change < 0 then '▼ ' || abs(change) || $t{ 个百分点（较上月）| points on last month}
        else $t{与上月持平|As last month}
    end as change,
    case when target is null then $t{未设目标|No target set} when is_met then aim || $t{，已达标|, met} end as met,
    case
        when is_met then null
        when distance = 0 then aim || $t{，差不足 0.1 个百分点|, missed by less than 0.1 points}
        else aim || case direction when 'up' then $t{，差 |, missed by } else $t{，超 |, missed by } end || distance || $t{ 个百分点| points}
    end as missed,
    num_of_den || coalesce($t{，95% 区间 |, 95 % interval } || wilson, '') as basis, definition
from told
