-- One row per month, scheme and unit. Ranks are those of the publication: computed over all units, whoever looks.
with $units
select
    m.month, r.period, m.months_back, m.state_label as state, $named{r.scheme} as scheme, u.kind, $named{r.peer_group} as peer_group, r.unit_code, u.unit_name, u.district_code,
    u.unit_kind = 'post' as is_post,
    cast(r.score as double) as score, cast(r.full_marks as double) as full_marks, r.rank, r.group_size, r.previous_rank, r.rank_change,
    case
        when not r.is_ranked then $t{未排名|not ranked}
        when count(*) over (partition by r.period, r.scheme, r.peer_group, r.rank) > 1 then $t{并列 |= } || r.rank || ' / ' || r.group_size
        else r.rank || ' / ' || r.group_size
    end as rank_label,
    case
        when r.rank_change is null then '' when r.rank_change > 0 then '▲ ' || r.rank_change
        when r.rank_change < 0 then '▼ ' || abs(r.rank_change) else '–'
    end as movement,
    r.is_ranked and r.rank = max(r.rank) over (partition by r.period, r.scheme, r.peer_group) and r.rank > 1 as is_last,
    case r.unit_kind when 'district' then 1 when 'street' then 2 when 'department' then 3 when 'squad' then 4 else 5 end as place,
    abs(r.rank_change) as moved,
    coalesce(m2.scheme, r.scheme) = r.scheme as is_main,
    $name{grade|coalesce(r.grade, '')} as grade, coalesce(r.reason_$lang, '') as reason, r.is_ranked,
    $num{i.numerator} || ' / ' || $num{i.denominator} || case when i.wilson_low is not null
        then $t{（| (} || printf('%.1f', 100 * i.wilson_low) || '–' || printf('%.1f', 100 * i.wilson_high) || $t{%）|%)} else '' end as on_time_of_due
from mart_ranks as r
inner join months as m on r.period = m.period
inner join units as u on r.unit_code = u.unit_code
left join main_schemes as m2 on r.period = m2.period and r.unit_code = m2.unit_code
left join mart_indicators as i
    on r.period = i.period and r.unit_code = i.unit_code and i.channel = 'all' and i.indicator = 'on_time_closure_rate'
